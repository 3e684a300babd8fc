internal import Bytes
internal import Wire

/// Gathers the keys of a file, and refuses what can be none.
struct TreeGathering {
    private let text: [UInt8]
    private(set) var leaves: [TreeLeaf] = []
    private var paths: Set<[UInt8]> = []

    /// - Parameter text: the whole file, for the places of faults.
    init(_ text: [UInt8]) { self.text = text }

    /// Adds a key.
    ///
    /// - Parameters:
    ///   - names: from the root on; one may hold slashes, and stands for several then. None, or one
    ///     that is empty as the last, is the value of what the others name.
    ///   - value: as `MarkedValue` writes it.
    ///   - offset: where it begins in the file; nil where that is not known.
    mutating func add(_ names: [[UInt8]], value: [UInt8], at offset: Int?) throws(FormatFault) {
        var path: [UInt8] = []
        for (place, name) in names.enumerated() {
            if name.isEmpty, place == names.count - 1 { break }
            let segments = name.split(
                separator: UInt8(ascii: "/"),
                omittingEmptySubsequences: false
            )
            for segment in segments {
                if let fault = Self.fault(of: segment) { throw self.fault(fault, at: offset) }
                path += [UInt8(ascii: "/")] + segment
            }
        }
        guard let value = MarkedValue.value(of: value) else {
            throw fault("the data URL is no padded base64 (RFC 4648, section 4)", at: offset)
        }
        guard paths.insert(path).inserted else {
            throw fault("'\(TerminalText.word(path))' is there twice", at: offset)
        }
        leaves.append(TreeLeaf(path: path, value: value))
    }

    private static func fault(of segment: ArraySlice<UInt8>) -> String? {
        if segment.isEmpty { return "a name is empty" }
        if segment.equals(".") || segment.equals("..") { return "'.' and '..' are no names" }
        return segment.contains(0) ? "a name has a NUL in it" : nil
    }

    func fault(_ what: String, at offset: Int?) -> FormatFault {
        offset.map { FormatFault(what, at: $0, in: text) } ?? FormatFault(what)
    }
}
