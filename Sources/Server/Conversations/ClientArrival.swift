internal import Bytes

/// Under what circumstances a request begins.
struct ClientArrival: Hashable {
    /// Whether the server has room for what the request may need.
    enum Room: Hashable {
        case ample
        /// It is to be refused.
        case none
    }

    /// When its last byte came.
    let time: MonotonicTime
    let room: Room
}
