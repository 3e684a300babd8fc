/// Ends the process when our own state contradicts itself, and says why.
///
/// Unlike `precondition`, the message survives an optimised build. Never for input from outside:
/// that is refused with a typed error before it can reach an invariant.
@inlinable
public func invariant(
    _ holds: @autoclosure () -> Bool,
    _ why: @autoclosure () -> String,
    file: StaticString = #fileID,
    line: UInt = #line
) {
    guard !holds() else { return }
    fatalError("invariant broken: \(why())", file: file, line: line)
}
