# The image of the service, on Debian's packages: docker build --tag tradecast .
FROM debian:trixie-slim AS build
RUN apt-get update \
    && apt-get install -qy --no-install-recommends build-essential ca-certificates rustup \
    && rm -rf /var/lib/apt/lists/*
RUN rustup toolchain install 1.95 --profile minimal
WORKDIR /source
COPY . .
RUN cargo build --locked --release --bin tradecast \
    && strip -o /tradecast target/release/tradecast

FROM debian:trixie-slim
RUN apt-get update \
    && apt-get install -qy --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/*
COPY --from=build /tradecast /usr/bin/tradecast
COPY data /usr/share/tradecast/data
COPY LICENSE /usr/share/doc/tradecast/copyright
USER nobody
WORKDIR /usr/share/tradecast
EXPOSE 50051
# Publish the port to this machine only, or give TLS and keys instead of --insecure.
ENTRYPOINT ["/usr/bin/tradecast"]
CMD ["serve", "--listen", "0.0.0.0:50051", "--insecure"]
