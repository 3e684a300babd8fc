internal import API
internal import Bytes
internal import Wire

/// What a client has sent and what has not begun yet, in the order of arrival.
struct Backlog {
    /// One request, many that are alike, or what is answered in place of a request.
    enum Item {
        case request(HTTPRequest)
        case batch(RequestBatch)
        /// The answer to bytes that are no request. Nothing comes after it.
        case refusal(HTTPResponse)
    }

    private var items = Queue<Item>(keptCountMax: 16)
    /// The batch at the end, which the next request may join.
    private var openBatch: RequestBatch?
    /// Requests that wait.
    private(set) var count = 0
    /// Bytes of the bodies that wait.
    private(set) var byteCount = 0

    mutating func append(_ item: Item) {
        items.append(item)
        openBatch = nil
        count += item.requestCount
        byteCount += item.byteCount
    }

    /// Appends a request to the batch at the end, or begins one with it.
    ///
    /// - Parameter known: what it was known by: whoever asks so asks for all of the batch, since what
    ///   is learned anew comes after a request that ends one.
    mutating func append(
        _ kind: RequestBatch.Kind,
        as known: borrowing KnownRequests,
        key: Span<UInt8>,
        value: Span<UInt8>
    ) {
        let batch: RequestBatch
        if let openBatch, openBatch.kind == kind {
            batch = openBatch
        } else {
            batch = RequestBatch(kind, by: known.principal(of: kind))
            items.append(.batch(batch))
            openBatch = batch
        }
        batch.append(key, value)
        count += 1
        byteCount += kind == .puts ? value.count : 0
    }

    /// The oldest item, if the pipeline lets it begin now.
    func first(admittedBy pipeline: Pipeline) -> Item? {
        items.first.flatMap { pipeline.admits(PipelineClass($0)) ? $0 : nil }
    }

    /// Takes the oldest item, if the pipeline lets it begin now.
    mutating func takeFirst(
        admittedBy pipeline: Pipeline
    ) -> (item: Item, pipelining: PipelineClass)? {
        guard let pipelining = items.first.map(PipelineClass.init), pipeline.admits(pipelining),
            let item = items.popFirst()
        else { return nil }
        if items.isEmpty { openBatch = nil }
        count -= item.requestCount
        byteCount -= item.byteCount
        return (item, pipelining)
    }

    mutating func removeAll() { self = Backlog() }

    /// Whether the sums are those of the items.
    ///
    /// - Complexity: O(items)
    var brokenRule: AccountRule? {
        var (requestCount, bodyByteCount) = (0, 0)
        for place in 0..<items.count {
            requestCount += items[place].requestCount
            bodyByteCount += items[place].byteCount
        }
        return requestCount == count && bodyByteCount == byteCount ? nil : .backlogIsSum
    }
}

extension Backlog.Item {
    /// How many answers it asks for.
    var requestCount: Int {
        switch self {
        case .request, .refusal: 1
        case .batch(let batch): batch.count
        }
    }

    /// Bytes that its bodies take.
    var byteCount: Int {
        switch self {
        case .request(let request): request.body.count
        case .batch(let batch): batch.byteCount
        case .refusal: 0
        }
    }
}

extension PipelineClass {
    fileprivate init(_ item: Backlog.Item) {
        switch item {
        case .request(let request): self.init(request)
        case .batch(let batch): self.init(batch.kind)
        case .refusal: self = .alone
        }
    }
}
