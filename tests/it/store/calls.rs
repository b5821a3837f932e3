//! Calls that deliver figures: cancelled, in large numbers, or to a service without a store.

use super::*;

/// A stream of one message that does not end, and a signal that the message was taken from it.
fn unfinished<T: Send + 'static>(
    message: T,
) -> (
    impl Stream<Item = T> + Send + 'static,
    oneshot::Receiver<()>,
) {
    let (sender, sent) = oneshot::channel();
    let rest = futures_util::stream::once(async move {
        let _ = sender.send(());
        std::future::pending().await
    });
    (futures_util::stream::iter([message]).chain(rest), sent)
}

/// Begins to write a batch of which `message` is the first part. When this returns it is on its
/// way.
async fn begin_writing(
    client: &IngestServiceClient<Channel>,
    message: pb::WriteObservationsRequest,
) -> JoinHandle<Result<(), Status>> {
    let (stream, sent) = unfinished(message);
    let mut client = client.clone();
    let call = tokio::spawn(async move { client.write_observations(stream).await.map(|_| ()) });
    arrive(sent).await;
    call
}

/// As [`begin_writing`], with a file.
async fn begin_importing(
    client: &IngestServiceClient<Channel>,
    message: pb::ImportFileRequest,
) -> JoinHandle<Result<(), Status>> {
    let (stream, sent) = unfinished(message);
    let mut client = client.clone();
    let call = tokio::spawn(async move { client.import_file(stream).await.map(|_| ()) });
    arrive(sent).await;
    call
}

async fn arrive(sent: oneshot::Receiver<()>) {
    sent.await.unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
}

/// The messages of a call that is cancelled end as those of one that is whole do: what came until
/// then is no batch.
#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_is_cancelled_writes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::on_store(folder.path());
    let mut client = IngestServiceClient::new(server.connect().await);
    let key = "USA.CHN.M.TOTAL.USD";
    let row = |month: &str| format!("observation,USA,MEX,M,TOTAL,level,{month},1,USD,p,,s\n");
    let header =
        "kind,reporter,partner,flow,product,measure,period,value,unit,status,released_on,source\n";
    let file = |rows: &str| pb::ImportFileRequest {
        request_id: "file".to_owned(),
        file_name: "figures.csv".to_owned(),
        content: format!("{header}{rows}").into_bytes(),
        ..Default::default()
    };
    for _ in 0..10 {
        let part = pb::WriteObservationsRequest {
            request_id: "batch".to_owned(),
            figures: batch(key)[..2].to_vec(),
            ..Default::default()
        };
        let writing = begin_writing(&client, part).await;
        let importing = begin_importing(&client, file(&row("2024-01"))).await;
        for call in [writing, importing] {
            assert!(!call.is_finished());
            call.abort();
        }
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    tokio::task::block_in_place(|| {
        let store = open(folder.path());
        assert_eq!(store.version(), 0);
        assert!(store.check().unwrap().unclaimed.is_empty());
    });
    // The same requests, whole.
    let whole = write(&mut client, "batch", false, batch(key)).await;
    let whole = whole.unwrap();
    assert_eq!(
        (whole.version, whole.written, whole.repeated),
        (1, ROWS as u64, false)
    );
    let whole = file(&(row("2024-01") + &row("2024-02")));
    let whole = client.import_file(futures_util::stream::iter([whole]));
    let whole = whole.await.unwrap().into_inner();
    assert_eq!(
        (whole.version, whole.written, whole.repeated),
        (2, 2, false)
    );
}

/// Sixteen callers bring figures at a time; who comes on top is served once one of them is done.
#[tokio::test]
async fn callers_wait_for_a_permit_and_those_who_leave_return_theirs() {
    // One of the sixteen may be on its way for long on a busy machine, if not each time.
    for _ in 0..3 {
        if a_seventeenth_caller_waits().await {
            return;
        }
    }
    panic!("a seventeenth caller does not wait");
}

/// Return whether a caller waits while sixteen others bring figures; if so it is served once one
/// of them leaves.
async fn a_seventeenth_caller_waits() -> bool {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::on_store(folder.path());
    let mut client = IngestServiceClient::new(server.connect().await);
    let mut calls = Vec::new();
    for _ in 0..16 {
        calls.push(begin_writing(&client, pb::WriteObservationsRequest::default()).await);
    }
    let mut late = client.clone();
    let mut late =
        tokio::spawn(
            async move { write(&mut late, "", false, batch("USA.CHN.M.TOTAL.USD")).await },
        );
    let waited = tokio::time::timeout(Duration::from_secs(1), &mut late).await;
    if waited.is_ok() {
        return false;
    }
    calls.pop().unwrap().abort();
    let served = late.await.unwrap().unwrap();
    assert_eq!((served.version, served.written), (1, ROWS as u64));
    calls.iter().for_each(JoinHandle::abort);
    let again = write(&mut client, "", false, batch("USA.MEX.M.TOTAL.USD")).await;
    assert_eq!(again.unwrap().version, 2);
    true
}

#[tokio::test]
async fn a_service_on_files_refuses_imports() {
    let server = Server::start();
    let mut client = IngestServiceClient::new(server.connect().await);
    let status = write(&mut client, "a", false, vec![]).await.unwrap_err();
    let info = status.get_error_details().error_info().cloned().unwrap();
    assert_eq!(
        (status.code(), info.reason.as_str()),
        (Code::FailedPrecondition, "NO_STORE")
    );
}
