internal import Platform
internal import RoostClient
internal import Wire

/// What CMD is told in its environment about what is held.
struct CommandEnvironment {
    let kind: LockTarget.Kind
    let name: [UInt8]
    let token: UInt64
    let lease: [UInt8]
    let endpoints: [ServiceAddress]

    /// `NAME=TOKEN`, as `Roost-Lock` has it.
    var fence: [UInt8] {
        var fence: [UInt8] = []
        PercentEncoding.append(component: name, to: &fence)
        return fence + Array("=\(token)".utf8)
    }

    /// What names the lock alone: for a shell that runs commands in its name.
    var lockVariables: [(name: String, value: [UInt8])] {
        [
            ("ROOST_LOCK_NAME", name), ("ROOST_LOCK_TOKEN", Array(String(token).utf8)),
            ("ROOST_LOCK_LEASE", lease), ("ROOST_FENCE", fence),
        ]
    }

    /// All variables: ours, with what CMD is told.
    var variables: [[UInt8]] {
        let told: [(name: String, value: [UInt8])] =
            ownVariables + [
                (
                    "ROOST_ENDPOINTS",
                    Array(endpoints.map(\.description).joined(separator: ",").utf8)
                )
            ] + (endpoints.lazy.compactMap(\.security).first?.files.variables ?? [])
        let kept = ProcessImage.environment.filter { entry in
            !told.contains { entry.starts(with: ($0.name + "=").utf8) }
        }
        return kept + told.map { Array(($0.name + "=").utf8) + $0.value }
    }

    /// What names the lock or the barrier, and proves the lock; a barrier proves nothing.
    private var ownVariables: [(name: String, value: [UInt8])] {
        if case .barrier = kind {
            return [
                ("ROOST_BARRIER_NAME", name),
                ("ROOST_BARRIER_GENERATION", Array(String(token).utf8)),
                ("ROOST_BARRIER_LEASE", lease),
            ]
        }
        let fences = Self.outerFences + [fence]
        let held = Self.list("ROOST_HELD") + [Self.contest(kind, name: name)]
        return [
            ("ROOST_LOCK_NAME", name), ("ROOST_LOCK_TOKEN", Array(String(token).utf8)),
            ("ROOST_LOCK_LEASE", lease),
            ("ROOST_FENCE", Array(fences.joined(separator: [UInt8(ascii: ",")]))),
            ("ROOST_HELD", Array(held.joined(separator: [UInt8(ascii: ",")]))),
        ]
    }

    /// Whether a command that this process runs in holds the lock, or the leadership, already.
    ///
    /// A fence names both alike; which it is says `ROOST_HELD`, where roost set the fence.
    static func holds(_ kind: LockTarget.Kind, name: [UInt8]) -> Bool {
        if case .barrier = kind { return false }
        let held = list("ROOST_HELD")
        guard held.isEmpty || held.contains(contest(kind, name: name)) else { return false }
        return outerFences.contains { fence in
            guard let split = fence.lastIndex(of: UInt8(ascii: "=")) else { return false }
            do throws(TargetError) {
                return try PercentEncoding.decode(fence[..<split]) == name
            } catch { return false }
        }
    }

    /// `lock/NAME` or `election/NAME`, the name percent-encoded.
    private static func contest(_ kind: LockTarget.Kind, name: [UInt8]) -> [UInt8] {
        var contest =
            switch kind {
            case .exclusiveLock, .sharedLock, .semaphore: Array("lock/".utf8)
            case .election: Array("election/".utf8)
            case .barrier: Array("barrier/".utf8)
            }
        PercentEncoding.append(component: name, to: &contest)
        return contest
    }

    /// What is held already, each as `NAME=TOKEN`.
    private static var outerFences: [[UInt8]] { list("ROOST_FENCE") }

    private static func list(_ variable: String) -> [[UInt8]] {
        (Environment.value(of: variable) ?? "").utf8.split(separator: UInt8(ascii: ","))
            .map(Array.init)
    }
}
