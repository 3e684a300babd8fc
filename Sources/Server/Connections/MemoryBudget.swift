/// Bytes that all clients together make the member hold: bounded, however many there are.
struct MemoryBudget {
    /// The most that requests may take which have begun to arrive.
    static let inputByteCountMax = 256 << 20
    /// The most that answers may take which clients have not read.
    static let outputByteCountMax = 512 << 20
    /// A request that has brought no more than this is always received on.
    static let modestByteCount = 64 << 10

    private(set) var inputByteCount = 0
    private(set) var outputByteCount = 0

    /// Whether new answers may be made.
    var hasRoomForOutput: Bool { outputByteCount < Self.outputByteCountMax }

    /// Whether a connection that holds so much of a request may bring more of it.
    func admits(inputByteCount held: Int) -> Bool {
        inputByteCount < Self.inputByteCountMax || held < Self.modestByteCount
    }

    mutating func changeInput(by difference: Int) { inputByteCount += difference }

    mutating func changeOutput(by difference: Int) { outputByteCount += difference }
}
