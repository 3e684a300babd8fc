internal import Bytes
internal import Replica
internal import Wire

/// How a probe wants to hear of a member's checks: `?verbose` lists them, and each `?exclude=NAME`
/// lets one fail, in the forms that Kubernetes' API servers have for both.
struct HealthListing {
    /// What is told of one check.
    struct Line {
        let name: [UInt8]
        /// Why it failed; nil where it holds.
        let failure: [UInt8]?
    }

    private enum Detail {
        case verdict
        case everyCheck
    }

    private let detail: Detail
    private let excluded: [[UInt8]]

    init(_ parameters: inout Parameters) throws(Problem) {
        detail = try parameters.flag("verbose") ? .everyCheck : .verdict
        excluded = parameters.texts("exclude")
    }

    /// The checks that count and do not hold.
    func failures(in checks: [HealthCheck]) -> [HealthCheck] {
        checks.filter { !$0.holds && !excluded.contains($0.subject.nameBytes) }
    }

    /// The page that lists every check, 200 or 503; nil where it was not asked for.
    ///
    /// - Parameter page: its name, as the last line has it.
    func page(_ page: StaticString, lines: [Line]) -> HTTPResponse? {
        guard case .everyCheck = detail else { return nil }
        var output: [UInt8] = []
        for line in lines { append(line, to: &output) }
        appendWarning(known: lines.map(\.name), to: &output)
        let isFailed = lines.contains { $0.failure != nil && !excluded.contains($0.name) }
        output.append(page)
        output.append(isFailed ? " check failed\n" : " check passed\n")
        var response = HTTPResponse.plain(output)
        if isFailed { response.status = 503 }
        return response
    }

    private func append(_ line: Line, to output: inout [UInt8]) {
        let isExcluded = excluded.contains(line.name)
        output.append(line.failure == nil || isExcluded ? "[+]" : "[-]")
        output.append(contentsOf: line.name)
        if isExcluded {
            output.append(" excluded: ok")
        } else if let failure = line.failure {
            output.append(" failed: ")
            output.append(contentsOf: failure)
        } else {
            output.append(" ok")
        }
        output.append("\n")
    }

    private func appendWarning(known: [[UInt8]], to output: inout [UInt8]) {
        let unknown = excluded.filter { !known.contains($0) }
        guard !unknown.isEmpty else { return }
        let names = unknown.map { "\"\(text($0))\"" }.joined(separator: ",")
        output.append("warn: some health checks cannot be excluded: no matches for ")
        output.append(contentsOf: Array("\(names)\n".utf8))
    }
}

extension HealthListing.Line {
    init(_ check: HealthCheck) {
        name = check.subject.nameBytes
        failure = check.holds ? nil : check.words
    }
}

extension HealthCheck {
    /// Its reasons in one line.
    var words: [UInt8] { Array(reasons.joined(separator: Array("; ".utf8))) }
}

extension HealthCheck.Subject {
    var nameBytes: [UInt8] { [UInt8](name) }
}
