/// A piece of a streamed response.
package enum StreamPiece<Response: Sendable>: Sendable {
    /// Bytes for the client. Ask again when they are on their way.
    case bytes([UInt8])
    /// Nothing now. Ask again when woken.
    case idle(Wake)
    /// Resume with the result of the read or write, then ask again.
    case step(Step<Response>)
    /// The last bytes. The response ends after them.
    case end([UInt8])
}
