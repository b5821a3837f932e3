"""An S3 server (moto) with one empty bucket on a free port of this machine: prints its URL, and ends with its standard input."""

import os
import sys
import threading

import boto3
from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

# One request at a time: as in S3 itself, nobody comes between the look for a key and its creation.
server = make_server("127.0.0.1", 0, DomainDispatcherApplication(create_backend_app), threaded=False)
threading.Thread(target=server.serve_forever, daemon=True).start()
url = f"http://127.0.0.1:{server.server_port}"
client = boto3.client(
    "s3", endpoint_url=url, region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test"
)
client.create_bucket(Bucket=sys.argv[1])
print(url, flush=True)
sys.stdin.read()
os._exit(0)
