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
    unreachable(why(), file: file, line: line)
}

/// Ends the process at a place that only a broken invariant leads to, and says why.
///
/// For where there is no value to go on with, so that the condition alone can't be handed to
/// `invariant`. Never for input from outside.
@inlinable
public func unreachable(
    _ why: @autoclosure () -> String,
    file: StaticString = #fileID,
    line: UInt = #line
) -> Never {
    fatalError("invariant broken: \(why())", file: file, line: line)
}
