internal import API
internal import Bytes

/// Under what circumstances a request begins.
struct ClientArrival: Hashable {
    /// Whether the server has room for what the request may need.
    enum Room: Hashable {
        case ample
        /// It is to be refused: all clients together ask for too much.
        case none
        /// It is to be refused: this client asks for too much.
        case excess(ClientExcess)
    }

    /// When its last byte came.
    let time: MonotonicTime
    let room: Room
    /// What cannot be written down at the moment; nil where all of it can.
    var unwritable: AuditPolicy?

    /// What the client asks too much of; nil where that is not the reason to refuse it.
    var excess: ClientExcess? {
        if case .excess(let excess) = room { excess } else { nil }
    }
}
