internal import Bytes

/// Values under numbers that only rise and are never used twice, found in O(1): a late event for
/// one that is gone finds nothing.
struct SlotTable<Value> {
    /// The most values at a time.
    static var countMax: Int { 1 << slotBits }

    private static var slotBits: UInt64 { 20 }
    private static var slotMask: UInt64 { (1 << slotBits) - 1 }

    private struct Slot {
        var number: UInt64
        var value: Value?
    }

    private var slots: [Slot] = []
    private var freeSlots: [Int] = []
    private var serial: UInt64 = 1

    private(set) var count = 0

    /// Keeps a value and names it.
    mutating func insert(_ value: Value) -> UInt64 {
        let number = reserve()
        fill(number, value: value)
        return number
    }

    /// A number for a value that has to know it, to be filled at once.
    mutating func reserve() -> UInt64 {
        let slot: Int
        if let free = freeSlots.popLast() {
            slot = free
        } else {
            slot = slots.count
            slots.append(Slot(number: 0, value: nil))
        }
        invariant(slot < Self.countMax, "more than \(Self.countMax) values in a table")
        let number = serial << Self.slotBits | UInt64(slot)
        serial += 1
        slots[slot].number = number
        return number
    }

    /// Puts a value under the number that was reserved for it.
    mutating func fill(_ number: UInt64, value: Value) {
        let slot = Int(number & Self.slotMask)
        invariant(
            slots[slot].number == number && slots[slot].value == nil,
            "slot \(slot) is not reserved for \(number)"
        )
        slots[slot].value = value
        count += 1
    }

    subscript(_ number: UInt64) -> Value? {
        let slot = Int(number & Self.slotMask)
        guard slot < slots.count, slots[slot].number == number else { return nil }
        return slots[slot].value
    }

    /// Takes a value out; nil when it is gone already.
    @discardableResult
    mutating func remove(_ number: UInt64) -> Value? {
        let slot = Int(number & Self.slotMask)
        guard slot < slots.count, slots[slot].number == number, let value = slots[slot].value
        else { return nil }
        slots[slot].value = nil
        freeSlots.append(slot)
        count -= 1
        return value
    }

    /// Every value there is.
    var values: [Value] { slots.compactMap(\.value) }
}
