import Bytes
import Testing

@testable import Transport

@Suite("Frames on a link: four bytes of length, then the frame")
struct FrameTests {
    private static let frames: [[UInt8]] = [
        [1], Array("hello".utf8), (0..<300).map { UInt8(truncatingIfNeeded: $0) }, [0],
    ]

    private static var stream: [UInt8] {
        var queue = SendQueue()
        for frame in frames { queue.append(frame) }
        return queue.bytes
    }

    @Test func aStreamYieldsTheSameFramesHoweverItIsCut() throws {
        let stream = Self.stream
        for step in 1...stream.count {
            var assembler = FrameAssembler()
            var got: [[UInt8]] = []
            var offset = 0
            while offset < stream.count {
                let piece = Array(stream[offset..<min(offset + step, stream.count)])
                try assembler.take(piece, count: piece.count) { got.append($0) }
                offset += step
            }
            #expect(got == Self.frames, "in pieces of \(step)")
        }
    }

    @Test func onlyTheCountedBytesOfTheBufferAreTaken() throws {
        var assembler = FrameAssembler()
        var got: [[UInt8]] = []
        try assembler.take(Self.stream + [9, 9, 9, 9], count: 5) { got.append($0) }
        #expect(got == [[1]])
    }

    @Test func aStrangersFirstFrameIsShort() throws {
        var assembler = FrameAssembler()
        var prefix: [UInt8] = []
        prefix.append(littleEndian: UInt32(FrameAssembler.firstByteCountMax + 1))
        #expect(
            throws: FrameError.tooLong(
                byteCount: FrameAssembler.firstByteCountMax + 1,
                limit: FrameAssembler.firstByteCountMax
            )
        ) { try assembler.take(prefix, count: 4) { _ in } }
    }

    @Test func laterFramesAreBoundedToo() throws {
        var assembler = FrameAssembler()
        var first: [UInt8] = [1, 0, 0, 0, 7]
        try assembler.take(first, count: first.count) { _ in }
        first = []
        first.append(littleEndian: UInt32(FrameAssembler.firstByteCountMax + 1))
        try assembler.take(first, count: first.count) { _ in }
        var another = FrameAssembler()
        try another.take([1, 0, 0, 0, 7], count: 5) { _ in }
        let huge: [UInt8] = [0xFF, 0xFF, 0xFF, 0xFF]
        #expect(throws: FrameError.self) { try another.take(huge, count: 4) { _ in } }
    }

    @Test func anEmptyFrameIsRefused() {
        var assembler = FrameAssembler()
        #expect(throws: FrameError.empty) { try assembler.take([0, 0, 0, 0], count: 4) { _ in } }
    }

    @Test func whatIsSentLeavesTheQueue() {
        var queue = SendQueue()
        queue.append([1, 2, 3])
        queue.sent(5)
        #expect(!queue.isEmpty && queue.sentByteCount == 5)
        queue.sent(2)
        #expect(queue.isEmpty && queue.bytes.isEmpty)
    }

    @Test func whatWasNotQueuedCannotLeave() async {
        await #expect(processExitsWith: .failure) {
            var queue = SendQueue()
            queue.append([1])
            queue.sent(6)
        }
    }
}
