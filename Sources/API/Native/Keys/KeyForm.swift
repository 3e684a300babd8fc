internal import Keyspace
internal import Wire

/// How a read wants its key objects: `keys`, `values` and `meta`.
struct KeyForm {
    /// What is told of a value.
    enum Values {
        /// Text, or base64 where it is none.
        case text
        /// A value that is JSON as JSON.
        case json

        /// Takes `values`.
        init(_ parameters: inout Parameters) throws(Problem) {
            let values = try parameters.text("values")
            guard values == nil || values?.equals("json") == true else {
                throw .parameter("values", fault: "can only be json")
            }
            self = values == nil ? .text : .json
        }
    }

    private enum Meta {
        case left
        case told
    }

    /// What is read of the store.
    let content: Listing.Content
    let values: Values
    private let meta: Meta

    /// The key object and nothing besides.
    static let plain = KeyForm()

    private init() {
        content = .keysAndValues
        values = .text
        meta = .left
    }

    /// Takes what a listing may ask for.
    init(ofListing parameters: inout Parameters) throws(Problem) {
        content = try parameters.flag("keys") ? .keys : .keysAndValues
        values = try Values(&parameters)
        meta = try parameters.flag("meta") ? .told : .left
        if content == .keys, values == .json {
            throw .parameter("values", fault: "excludes \"keys\", which leaves values out")
        }
    }

    /// Takes what a read of one key may ask for.
    init(ofRead parameters: inout Parameters) throws(Problem) {
        content = .keysAndValues
        values = try Values(&parameters)
        meta = try parameters.flag("meta") ? .told : .left
    }

    /// Appends what `next` has to repeat.
    func append(to url: inout [UInt8]) {
        if content == .keys { url.append("&keys") }
        if values == .json { url.append("&values=json") }
        if meta == .told { url.append("&meta") }
    }

    /// Writes the object of a key.
    func write(
        _ record: KeyRecord,
        childCount: UInt64? = nil,
        in keyspace: borrowing Keyspace,
        to json: inout JSONWriter
    ) {
        let written: JSONWriter.KeyContent =
            switch (content, values) {
            case (.keys, _): .noValue
            case (.keysAndValues, .text): .everything
            case (.keysAndValues, .json): .nestedValue
            }
        json.keyObject(
            record,
            content: written,
            childCount: childCount,
            meta: meta == .told ? KeyMeta(of: record, in: keyspace) : nil
        )
    }

    /// Writes an item of a listing: a key object, or a directory that has no record.
    func write(
        _ item: Listing.Item,
        in keyspace: borrowing Keyspace,
        to json: inout JSONWriter
    ) {
        if let record = item.record {
            return write(record, childCount: item.childCount, in: keyspace, to: &json)
        }
        json.beginObject()
        json.key(item.key)
        json.member("children", number: item.childCount)
        json.endObject()
    }
}
