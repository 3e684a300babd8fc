internal import Keyspace

/// The store's, where a recording or the world has one of that name, too.
typealias StoreAnswer = Answer
typealias StoreEvent = Event

/// What became of a client's request.
enum RequestResult {
    case answered(Answer)
    /// It may read the member's store now.
    case readable(SimulatedMember)
    /// It certainly had no effect.
    case denied
    case unknown
}
