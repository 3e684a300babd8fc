internal import Bytes
internal import Consensus

/// `hardstate`: term, vote, whether the log may be spoken for and who else holds what is in it.
struct StoredHardState: Sendable {
    static let magic: UInt64 = 0x5453_4874_736F_6F52  // "RoostHST"

    private var slots: Slots
    /// The hard state as it is on the device, or will be once what was submitted is carried out.
    private(set) var state: HardState
    /// How many cells of the file that was read are damaged; the newest of the others is used.
    private(set) var damagedCellCount = 0
    var logIntegrity: LogIntegrity
    var logRedundancy: LogRedundancy

    /// The content of a new directory.
    init(initialFor member: MemberID) {
        slots = Slots(.hardState, magic: Self.magic, member: member)
        state = .initial
        logIntegrity = .intact
        logRedundancy = .sole
    }

    /// Reads the file's bytes; nil when there is none.
    ///
    /// - Throws: `Damage` when a slot has no valid cell. The older slot alone proves nothing: it
    ///   may lack the last vote.
    init(decoding bytes: [UInt8]?, member: MemberID) throws(Damage) {
        self.init(initialFor: member)
        guard let bytes else { throw Damage(file: .hardState, offset: 0, reason: .missing) }
        var newest: Slots.Cell?
        for (slot, cell) in slots.cells(in: bytes).enumerated() {
            let offset = slot * Slots.slotByteCount
            guard let cell else {
                throw Damage(
                    file: .hardState,
                    offset: offset,
                    reason: slots.fault(of: bytes, needing: offset + Slots.slotByteCount)
                )
            }
            if cell.sequence >= newest?.sequence ?? 0 { newest = cell }
        }
        guard let newest else { return }
        guard let standing = UInt16(exactly: newest.fields.3),
            let logIntegrity = LogIntegrity(rawValue: UInt8(truncatingIfNeeded: standing)),
            let logRedundancy = LogRedundancy(rawValue: UInt8(standing >> 8))
        else { throw Damage(file: .hardState, offset: 0, reason: .malformed) }
        damagedCellCount = slots.damagedCellCount(in: bytes)
        slots.resume(after: newest.sequence)
        self.logIntegrity = logIntegrity
        self.logRedundancy = logRedundancy
        let vote = newest.fields.1 == 0 ? nil : MemberID(rawValue: newest.fields.2)
        state = HardState(term: Term(rawValue: newest.fields.0), votedFor: vote)
    }

    /// The new file of a new directory.
    mutating func creation() -> [DiskOperation] { slots.creation(fields) }

    /// Makes a hard state durable.
    mutating func write(_ state: HardState) -> [DiskOperation] {
        invariant(state.term >= self.state.term, "the stored term goes back to \(state.term)")
        invariant(
            state.term > self.state.term || self.state.votedFor == nil
                || state.votedFor == self.state.votedFor,
            "the stored vote changes in term \(state.term)"
        )
        self.state = state
        if planted(.hardStateNotSynced) { return [slots.write(fields)] }
        return [slots.write(fields), .sync(.hardState)]
    }

    private var fields: Slots.Fields {
        (
            state.term.rawValue, state.votedFor == nil ? 0 : 1, state.votedFor?.rawValue ?? 0,
            UInt64(logIntegrity.rawValue) | UInt64(logRedundancy.rawValue) << 8
        )
    }
}
