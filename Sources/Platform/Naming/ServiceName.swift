internal import CPlatform

/// A name under which DNS lists the members of a cluster, as people write it: `srv:NAME`.
package struct ServiceName: Hashable, Sendable {
    /// For whom the members are listed.
    package enum Kind: String, Hashable, Sendable {
        case clients = "_roost._tcp"
        case peers = "_roost-peer._tcp"
    }

    /// What stands before the name.
    static let prefix = "srv:"
    /// What leaves room for the labels before it.
    private static let byteCountMax = 230
    /// The longest answer over TCP (RFC 1035, 4.2.2).
    private static let answerByteCountMax = 65_535

    package let kind: Kind
    /// Without the labels of the service, such as `roost.example.com`; the system completes it.
    package let domain: String

    init(_ domain: Substring, for kind: Kind) throws(EndpointError) {
        let labels = domain.utf8.split(
            separator: UInt8(ascii: "."),
            omittingEmptySubsequences: false
        )
        // A dot at the end says that nothing is to be added.
        let named = labels.last?.isEmpty == true ? labels.dropLast() : labels[...]
        guard !named.isEmpty, domain.utf8.count <= Self.byteCountMax,
            named.allSatisfy({ (1...63).contains($0.count) && $0.allSatisfy(\.isOfHosts) })
        else { throw .invalidService(String(domain)) }
        self.kind = kind
        self.domain = String(domain)
    }

    /// What DNS is asked for.
    private var question: String { "\(kind.rawValue).\(domain)" }

    /// The members in the order in which they are to be asked, at most 64, each once and at least
    /// one.
    ///
    /// Blocks for as long as the system's resolver takes: never on a thread that others wait for.
    package func members() throws(ResolutionError) -> [Endpoint] {
        var answer = [UInt8](repeating: 0, count: Self.answerByteCountMax)
        let count = unsafe answer.withUnsafeMutableBufferPointer { buffer in
            unsafe roost_service_query(question, buffer.baseAddress, Int32(buffer.count))
        }
        guard count >= 0 else { throw fault(Self.reason(of: -count)) }
        let records: [ServiceRecord]
        do throws(ServiceAnswerError) {
            records = try ServiceRecord.all(inAnswer: Array(answer.prefix(Int(count))))
        } catch { throw fault("\(error)") }
        var chance = SystemRandomNumberGenerator()
        var members: [Endpoint] = []
        for record in ServiceRecord.ordered(records, using: &chance) {
            let member = Endpoint.internet(host: record.host, port: record.port)
            if !members.contains(member) { members.append(member) }
        }
        guard !members.isEmpty else { throw fault(Self.reason(of: Int32(ROOST_NAME_NO_RECORD))) }
        return members
    }

    private func fault(_ reason: String) -> ResolutionError {
        ResolutionError(host: question, reason: reason)
    }

    private static func reason(of code: Int32) -> String {
        switch code {
        case Int32(ROOST_NAME_UNKNOWN): "DNS does not know the name"
        case Int32(ROOST_NAME_SERVERS_SILENT): "no DNS server answers"
        case Int32(ROOST_NAME_NO_RECORD): "DNS has no SRV record of that name"
        default: "the DNS server refuses to answer"
        }
    }
}
