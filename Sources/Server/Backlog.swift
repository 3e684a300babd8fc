internal import Wire

/// What a client has sent and what has not begun yet, in the order of arrival.
struct Backlog {
    /// One request, or what is answered in its place.
    enum Item {
        case request(HTTPRequest)
        /// Bytes that are no request; nothing comes behind it.
        case refusal(HTTPResponse)
    }

    private var items: [Item] = []
    /// Items at the front that were taken.
    private var takenCount = 0

    var count: Int { items.count - takenCount }

    mutating func append(_ item: Item) { items.append(item) }

    /// The oldest item, if the pipeline lets it begin now.
    mutating func takeFirst(admittedBy pipeline: Pipeline) -> (item: Item, overlap: Overlap)? {
        guard takenCount < items.count else { return nil }
        let overlap = Overlap(items[takenCount])
        guard pipeline.admits(overlap) else { return nil }
        let item = items[takenCount]
        takenCount += 1
        if takenCount == items.count { removeAll() }
        return (item, overlap)
    }

    mutating func removeAll() {
        items.removeAll(keepingCapacity: items.count <= 4)
        takenCount = 0
    }
}

extension Overlap {
    fileprivate init(_ item: Backlog.Item) {
        switch item {
        case .request(let request): self.init(request)
        case .refusal: self = .alone
        }
    }
}
