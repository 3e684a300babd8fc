internal import Bytes
internal import RoostClient

/// Why a write is made, as it is kept with the versions that it makes: `--note`.
enum WriteNote {
    /// The longest note, in bytes.
    private static let byteCountMax = 256

    static let flag = Flag(
        "note",
        value: .required("TEXT"),
        "kept with what is written: why, for people ('roost history' shows it)"
    )

    /// The note as a header field may hold it, nil where none is given.
    static func text(_ invocation: Invocation) throws(Failure) -> [UInt8]? {
        guard let note = invocation.bytes("note") else { return nil }
        let isPrintable = note.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
        guard (1...byteCountMax).contains(note.count), isPrintable, note.span.isValidUTF8 else {
            throw .usage(
                "--note cannot be kept",
                hint: "write one line of UTF-8, 1 to \(byteCountMax) bytes"
            )
        }
        return note
    }
}
