/// How much one transaction may still look at and find, nested ones included.
///
/// Looking costs *looks*: a key that is walked is one, whether it has a value or not, and so is
/// every KiB of a value that is compared. The number is the same on every member: deleted keys are
/// part of the state until history forgets them.
package struct TransactionBudget: Sendable {
    /// How many bytes of a value are one more look where it is compared.
    private static let comparedByteCountPerLook = 1_024

    /// How many bytes of a value are one more look where others are sorted by theirs: each is
    /// compared about twenty times.
    private static let sortedByteCountPerLook = 64

    /// What a key costs whose past version has to be found among several.
    static let pastLookCount = 4

    /// What a key's directory costs beside it.
    static let directoryLookCount = 3

    /// What a key costs beside, that is told in another order than it is walked.
    static let sortLookCount = 4

    /// How many looks are left; negative when there were not enough.
    private(set) var lookCount: Int
    private var recordCount: Int
    private var byteCount: Int

    package init(
        lookCount: Int = Transaction.lookCountMax,
        recordCount: Int = Transaction.resultRecordCountMax,
        byteCount: Int = Transaction.resultByteCountMax
    ) {
        self.lookCount = lookCount
        self.recordCount = recordCount
        self.byteCount = byteCount
    }

    /// What a transaction of that format may: the first had no bound of looks, and what was carried
    /// out then is carried out again.
    init(format: Request.Format) {
        self.init(lookCount: format == .first ? .max : Transaction.lookCountMax)
    }

    /// Takes so many looks.
    ///
    /// - Throws: `.tooManyLooks` when there are not enough left.
    mutating func look(_ count: Int = 1) throws(Refusal) {
        lookCount -= count
        guard lookCount >= 0 else {
            throw .tooManyLooks(countMax: UInt64(Transaction.lookCountMax))
        }
    }

    /// Takes the looks for bytes of a value that were compared.
    mutating func look(comparedByteCount: Int) throws(Refusal) {
        try look(comparedByteCount / Self.comparedByteCountPerLook)
    }

    /// Takes the looks for a value that others are sorted beside.
    mutating func look(sortedByteCount: Int) throws(Refusal) {
        try look(sortedByteCount / Self.sortedByteCountPerLook)
    }

    /// Throws when so many records are more than may still be found; takes nothing.
    func check(recordCount: Int) throws(Refusal) {
        guard recordCount <= self.recordCount else { throw Self.tooLarge }
    }

    /// Takes a record's part of what may be found.
    ///
    /// - Throws: `.resultTooLarge` when there is not enough left.
    mutating func find(_ record: KeyRecord) throws(Refusal) {
        recordCount -= 1
        byteCount -= record.key.bytes.count + record.value.count
        guard recordCount >= 0, byteCount >= 0 else { throw Self.tooLarge }
    }

    private static var tooLarge: Refusal {
        .resultTooLarge(byteCountMax: UInt64(Transaction.resultByteCountMax))
    }
}
