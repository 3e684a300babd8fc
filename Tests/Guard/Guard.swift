internal import Platform

/// Does one named piece of work, so that another program counts its instructions: `guard NAME TIMES`
/// does it once or twice over; without a name it lists them all.
///
/// Whatever TIMES is, the same is prepared: the difference of two runs is the work itself.
@main
struct Guard {
    private static var works: [Work] {
        WireWork.all + RequestWork.all + CodecWork.all + LogWork.all + StoreWork.all
            + MemberWork.all
    }

    static func main() {
        let arguments = ProcessImage.arguments.map { String(decoding: $0, as: UTF8.self) }
        guard arguments.count == 3, let times = Int(arguments[2]), (1...2).contains(times) else {
            for work in works { print(work.name, work.count) }
            return
        }
        guard let work = works.first(where: { $0.name == arguments[1] }) else {
            fail("no work is called \(arguments[1])")
        }
        let trace = work.prepare(2 * work.count)(times * work.count)
        print(work.name, times * work.count, trace)
    }

    /// Ends the process: what was to be measured did not happen.
    static func fail(_ reason: String) -> Never {
        StandardStream.error.print("guard: \(reason)\n")
        CurrentProcess.exit(1)
    }
}

/// Something to be done again and again.
struct Work {
    let name: String
    /// How many operations one round does: a few tenths of a second under an instruction counter.
    let count: Int
    /// Makes everything ready for `limit` operations; what it gives does some of them, and returns
    /// a value that depends on all, so that none is optimised away.
    let prepare: (_ limit: Int) -> (_ count: Int) -> UInt64
}
