/// One block of an event stream.
package struct ServerSentEvent: Hashable, Sendable {
    /// Empty when the block names none.
    package let event: [UInt8]
    /// The lines of data joined by line feeds; nil for a block without data, which only moves the
    /// resume position.
    package let data: [UInt8]?
    /// The resume position after this block.
    package let lastEventID: [UInt8]

    package init(event: [UInt8], data: [UInt8]?, lastEventID: [UInt8]) {
        self.event = event
        self.data = data
        self.lastEventID = lastEventID
    }
}
