internal import Platform

/// Takes lines away, and never holds up who gives them.
enum LogSink {
    /// Standard error; lines that nobody reads are lost.
    case standardError
    /// Standard error, which the journal of systemd reads: each line begins with its priority.
    case journal
    case file(LogFile)

    /// The stream of this process, as whoever reads it wants it.
    static var ofThisProcess: LogSink {
        StandardStream.error.isJournal ? .journal : .standardError
    }

    /// - Parameter line: with its end.
    func put(_ line: [UInt8], priority: UInt8) {
        switch self {
        case .standardError:
            StandardStream.error.printWithoutWaiting(String(decoding: line, as: UTF8.self))
        case .journal:
            let text = String(decoding: line, as: UTF8.self)
            StandardStream.error.printWithoutWaiting("<\(priority)>\(text)")
        case .file(let file): file.put(line)
        }
    }

    /// The same, waiting for whoever reads slowly: nothing comes after it.
    func putLast(_ line: [UInt8], priority: UInt8) {
        let text = String(decoding: line, as: UTF8.self)
        switch self {
        case .standardError: StandardStream.error.print(text)
        case .journal: StandardStream.error.print("<\(priority)>\(text)")
        case .file(let file): file.put(line)
        }
    }

    /// Returns once everything is taken away.
    func end() {
        if case .file(let file) = self { file.end() }
    }
}
