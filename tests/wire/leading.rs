//! Of several instances one writes, whatever becomes of it.

use crate::cluster::{self, NOW};
use crate::server::Server;
use crate::{Running, Start, pass};
use kubeblame::clock::Clock;
use kubeblame::lead::{Election, Lead, Place, Standing};
use serde_json::{Value, json};
use tokio::task::JoinHandle;

const LEASES: &str = "/apis/coordination.k8s.io/v1/leases";
const LEASE: &str = "system/kubeblame";

/// A controller with an election, until it is dropped.
struct Instance {
    controller: Running,
    election: JoinHandle<()>,
}

impl Instance {
    fn start(server: &Server, name: &str) -> Self {
        let lead = Lead::elected();
        let place = Place { namespace: "system".to_owned(), name: "kubeblame".to_owned() };
        let clock = Clock::starting_at(NOW.parse().expect("a time"));
        let election = Election::new(server.client(), place, name.to_owned(), clock, lead.clone());
        let start = Start { now: NOW, namespaces: &[], secrets: false, lead };
        let controller = Running::start_with(server, start);
        Self { controller, election: tokio::spawn(election.run()) }
    }

    fn standing(&self) -> Standing {
        self.controller.lead.standing()
    }

    fn leads(&self) -> bool {
        self.controller.lead.term().is_some()
    }
}

impl Drop for Instance {
    /// As kill -9 does it.
    fn drop(&mut self) {
        self.election.abort();
    }
}

fn lease(server: &Server) -> Value {
    server.object(LEASES, LEASE).expect("a Lease")["spec"].clone()
}

/// The writes since the last call that are not about the Lease.
fn reports(server: &Server) -> Vec<String> {
    server.take_writes().into_iter().filter(|write| !write.contains("/leases")).collect()
}

#[tokio::test(start_paused = true)]
async fn one_writes_and_a_killed_one_is_replaced_without_a_second_write() {
    let server = Server::new();
    cluster::healthy(&server);
    let first = Instance::start(&server, "first");
    pass(1).await;
    let second = Instance::start(&server, "second");
    pass(10).await;
    assert!(first.leads() && second.standing() == Standing::Standby);
    assert!(second.controller.ready.is_set(), "a standby is ready");
    assert_eq!(reports(&server).len(), 2, "one report, written once");
    cluster::break_it(&server);
    pass(5).await;
    assert_eq!(reports(&server).len(), 2, "its failure, and an event");

    let before = lease(&server);
    drop(first);
    let mut waited = 0;
    while !second.leads() {
        pass(1).await;
        waited += 1;
        assert!(waited <= 18, "nobody took over: {:?}", second.standing());
    }
    assert!(waited >= 13, "it took over after {waited} s, while the Lease still held");
    assert_eq!(lease(&server)["holderIdentity"], "second");
    assert_eq!(lease(&server)["leaseTransitions"], json!(1));
    assert_ne!(lease(&server)["acquireTime"], before["acquireTime"]);
    pass(60).await;
    let writes = reports(&server);
    assert!(writes.is_empty(), "it wrote again what stands: {writes:?}");
    // It is warm, and it does write what is new.
    cluster::deployment(&server, "web", "uid-web", 3, 1);
    server.delete(cluster::PODS, "shop/web-2-a");
    cluster::replica_set(&server, "web", "uid-web", 3, NOW);
    server.put(cluster::PODS, cluster::pod("web", 3, &cluster::running()));
    pass(20).await;
    assert_eq!(server.report("web").expect("a report")["status"]["verdict"], "Healthy");
}

#[tokio::test(start_paused = true)]
async fn whoever_ends_in_order_is_replaced_at_once() {
    let server = Server::new();
    cluster::healthy(&server);
    let first = Instance::start(&server, "first");
    pass(1).await;
    let second = Instance::start(&server, "second");
    pass(10).await;
    first.controller.lead.resign();
    pass(3).await;
    assert!(second.leads(), "{:?}: {}", second.standing(), lease(&server));
    server.take_writes();
    pass(60).await;
    assert!(reports(&server).is_empty());
}

#[tokio::test(start_paused = true)]
async fn without_the_right_to_leases_nothing_is_ever_written() {
    let server = Server::new();
    cluster::healthy(&server);
    let message = "leases.coordination.k8s.io \"kubeblame\" is forbidden: User cannot get resource";
    server.refuse("/leases", 403, message);
    let instance = Instance::start(&server, "only");
    pass(300).await;
    assert_eq!(instance.standing(), Standing::Refused(message.to_owned()));
    assert_eq!(reports(&server), [""; 0]);
    server.allow_all();
    pass(15).await;
    assert!(instance.leads() && !reports(&server).is_empty(), "the right was given");
}

#[tokio::test(start_paused = true)]
async fn a_leader_that_cannot_renew_stops_before_another_may_begin() {
    let server = Server::new();
    cluster::healthy(&server);
    let first = Instance::start(&server, "first");
    pass(10).await;
    reports(&server);
    server.refuse("PUT /apis/coordination.k8s.io", 500, "etcd is slow");
    cluster::break_it(&server);
    pass(2).await;
    assert!(!reports(&server).is_empty(), "it leads on until its deadline");
    pass(10).await;
    assert_eq!(first.standing(), Standing::Standby);
    cluster::deployment(&server, "web", "uid-web", 3, 1);
    server.delete(cluster::PODS, "shop/web-2-a");
    pass(60).await;
    assert_eq!(reports(&server), [""; 0], "a standby writes nothing");
    server.allow_all();
    pass(30).await;
    assert!(first.leads());
}

#[tokio::test(start_paused = true)]
async fn a_renewal_that_is_lost_on_its_way_costs_no_term() {
    let server = Server::new();
    cluster::healthy(&server);
    let first = Instance::start(&server, "first");
    pass(10).await;
    server.swallow_one("PUT /apis/coordination.k8s.io");
    for second in 0..30 {
        pass(1).await;
        assert!(first.leads(), "{second} s later: {:?}", first.standing());
    }
    assert_eq!(lease(&server)["leaseTransitions"], json!(0));
}

#[tokio::test(start_paused = true)]
async fn a_renewal_that_is_refused_for_a_moment_costs_no_term() {
    let server = Server::new();
    cluster::healthy(&server);
    let first = Instance::start(&server, "first");
    pass(10).await;
    server.refuse("/leases", 403, "RBAC: role.rbac.authorization.k8s.io not found");
    pass(5).await;
    assert!(first.leads(), "{:?}", first.standing());
    // It cannot renew, so it does stop before another may begin.
    pass(10).await;
    assert!(matches!(first.standing(), Standing::Refused(_)), "{:?}", first.standing());
    server.allow_all();
    pass(90).await;
    assert!(first.leads());
}

#[tokio::test(start_paused = true)]
async fn of_two_that_reach_for_it_one_gets_it() {
    let server = Server::new();
    cluster::healthy(&server);
    let all: Vec<_> = (0..5).map(|n| Instance::start(&server, &format!("i{n}"))).collect();
    for _ in 0..60 {
        pass(1).await;
        assert!(all.iter().filter(|i| i.leads()).count() <= 1);
    }
    assert_eq!(all.iter().filter(|i| i.leads()).count(), 1);
    assert_eq!(reports(&server).len(), 2);
    // The Lease is deleted: nobody leads twice, and somebody leads again.
    server.delete(LEASES, LEASE);
    for _ in 0..40 {
        pass(1).await;
        assert!(all.iter().filter(|i| i.leads()).count() <= 1);
    }
    assert_eq!(all.iter().filter(|i| i.leads()).count(), 1);
}
