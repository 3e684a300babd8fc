internal import Bytes
internal import Keyspace
internal import Wire

/// An instance of a service as it was registered.
///
/// The record is a JSON object that anybody with the right to write its key may write, so it is
/// checked again wherever it is read: what is none is not there.
struct ServiceInstance: Equatable {
    static let tagCountMax = 64
    static let tagByteCountMax = 128
    static let metaCountMax = 64
    static let metaNameByteCountMax = 128
    static let metaValueByteCountMax = 1024
    static let weightMax: UInt64 = 256
    /// How long a lease of the registration may be in all.
    private static let lifeMillisecondsMax = Lease.nativeTimeToLiveMillisecondsRange.upperBound

    static let fields: [StaticString] = [
        "address", "port", "tags", "meta", "weight", "ttl", "deregister_after",
    ]

    struct Meta: Equatable {
        let name: [UInt8]
        let value: [UInt8]
    }

    let address: InstanceAddress
    /// 1 to 65,535.
    let port: UInt16
    let tags: [[UInt8]]
    /// In the order of names.
    let meta: [Meta]
    /// 1 to `weightMax`.
    let weight: UInt64
    /// How long it is well without a report; nil where that is not asked for.
    let timeToLiveMilliseconds: UInt64?
    /// How long it is listed after that.
    let deregisterAfterMilliseconds: UInt64

    /// How long the registration lives without a report.
    var lifeMilliseconds: UInt64? {
        timeToLiveMilliseconds.map { $0 + deregisterAfterMilliseconds }
    }

    init(_ body: Body) throws(Problem) {
        let text = try body.string("address") ?? []
        guard let address = InstanceAddress(text) else {
            throw body.fault(
                "address",
                fault: text.isEmpty
                    ? "is missing"
                    : "is neither an IPv4 or IPv6 address nor a host name; the port is a field of its own"
            )
        }
        self.address = address
        guard let port = try body.whole("port"), (1...65_535).contains(port) else {
            throw body.fault("port", fault: "is missing, or lies outside 1 to 65535")
        }
        self.port = UInt16(port)
        tags = try Self.tags(body)
        meta = try Self.meta(body)
        weight = try body.whole("weight") ?? 1
        guard (1...Self.weightMax).contains(weight) else {
            throw body.fault("weight", fault: "lies outside 1 to \(Self.weightMax)")
        }
        timeToLiveMilliseconds = try body.timeToLive("ttl")
        let after = try body.duration("deregister_after")?.milliseconds ?? 0
        deregisterAfterMilliseconds = after
        guard after == 0 || timeToLiveMilliseconds != nil else {
            throw body.fault(
                "deregister_after",
                fault: "needs \"ttl\": it counts from the end of that"
            )
        }
        let isTooLong = after > Self.lifeMillisecondsMax - (timeToLiveMilliseconds ?? 0)
        guard !isTooLong else {
            throw body.fault("deregister_after", fault: "and \"ttl\" are more than 30d together")
        }
    }

    /// Out of a record; nil for one that is no instance's.
    init?(recordedAs value: [UInt8]) {
        guard let object = (try? JSONValue(parsing: value))?.object,
            let instance = try? ServiceInstance(Body(object: object, prefix: ""))
        else { return nil }
        self = instance
    }

    /// As it is recorded.
    var record: [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        writeMembers(to: &json)
        json.endObject()
        return json.output
    }

    func writeMembers(to json: inout JSONWriter) {
        json.member("address", string: address.bytes)
        json.member("port", number: UInt64(port))
        json.name("tags")
        json.beginArray()
        for tag in tags { json.string(tag) }
        json.endArray()
        json.name("meta")
        json.beginObject()
        for entry in meta {
            json.name(bytes: entry.name)
            json.string(entry.value)
        }
        json.endObject()
        json.member("weight", number: weight)
        if let timeToLiveMilliseconds { json.member("ttl", milliseconds: timeToLiveMilliseconds) }
        if deregisterAfterMilliseconds > 0 {
            json.member("deregister_after", milliseconds: deregisterAfterMilliseconds)
        }
    }

    // MARK: - Fields

    private static func tags(_ body: Body) throws(Problem) -> [[UInt8]] {
        guard let value = body["tags"] else { return [] }
        guard let elements = value.array, elements.count <= tagCountMax else {
            throw body.fault("tags", fault: "is no array of at most \(tagCountMax) strings")
        }
        var tags: [[UInt8]] = []
        for element in elements {
            guard let tag = element.string, (1...tagByteCountMax).contains(tag.count),
                !tag.contains(where: { $0 < 0x20 || $0 == 0x7F || $0 == UInt8(ascii: ",") })
            else {
                throw body.fault(
                    "tags",
                    fault:
                        "has what is no tag: 1 to \(tagByteCountMax) bytes of text without commas and control characters"
                )
            }
            if !tags.contains(tag) { tags.append(tag) }
        }
        return tags
    }

    private static func meta(_ body: Body) throws(Problem) -> [Meta] {
        guard let value = body["meta"] else { return [] }
        guard let members = value.object?.members, members.count <= metaCountMax else {
            throw body.fault("meta", fault: "is no object of at most \(metaCountMax) strings")
        }
        var meta: [Meta] = []
        for member in members {
            guard (1...metaNameByteCountMax).contains(member.name.count),
                member.name.allSatisfy({ $0.isPlain && $0 != UInt8(ascii: ":") })
            else {
                throw body.fault(
                    "meta",
                    fault:
                        "has a name that is not 1 to \(metaNameByteCountMax) letters, digits, . _ and -"
                )
            }
            guard let text = member.value.string, text.count <= metaValueByteCountMax else {
                throw body.fault(
                    "meta",
                    fault: "has a value that is no string of at most \(metaValueByteCountMax) bytes"
                )
            }
            meta.append(Meta(name: member.name, value: text))
        }
        return meta.sorted { $0.name.lexicographicallyPrecedes($1.name) }
    }
}
