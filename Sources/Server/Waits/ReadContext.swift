internal import API
internal import Bytes
internal import Keyspace

/// What calls may look at during one phase of a turn.
///
/// Gone before the member takes its next step: a copy of the keyspace that outlived the phase would
/// make every write copy what it changes.
struct ReadContext {
    let keyspace: Keyspace
    let member: MemberView
    /// The member to those who ask over HTTP.
    let site: HTTPSite
    let now: MonotonicTime
    /// Who tells who asks.
    var gate = Gatekeeper()
    /// What was learned of requests in another epoch does not hold.
    var permissions = PermissionEpoch.initial
}
