import Wire
import roost

/// A cluster that answers as a test says, without a process.
struct StagedCluster {
    struct Member {
        var name: String
        var kind = "voter"
        var role = "follower"
        var term: UInt64 = 5
        /// The names of whom it follows, and of those that it does not hear.
        var leader: String? = "n1"
        var silent: [String] = []
        var lastTerm: UInt64 = 5
        var lastIndex: UInt64 = 100
        var unready: [String] = []
        /// What further its page of metrics has.
        var metrics = ""
        var version = "1.0.0"
        var electionMilliseconds: UInt64 = 300
        var freeByteCount: UInt64 = 1 << 40
        var clock = ClockReading(offsetMilliseconds: 2, uncertaintyMilliseconds: 1)
        /// Why it can't be reached; nil where it answers.
        var fault: String?
        var host = "10.0.0.1"
        /// Where it answers, if not at the address that the others have.
        var foundAt: String?
        /// Of the row that the leader has of it.
        var lagEntryCount: UInt64 = 0

        init(_ name: String) { self.name = name }

        var client: String { "\(host):2379" }
    }

    var members: [Member]
    var changes = "[]"
    var extra: [ClusterLook.Sighting] = []

    /// `n1` leads `n2`, `n3` and so on.
    init(_ count: Int = 3) {
        members = (1...count).map { number in
            var member = Member("n\(number)")
            member.host = "10.0.0.\(number)"
            if number == 1 { member.role = "leader" }
            return member
        }
    }

    subscript(_ name: String) -> Member {
        get { members.first { $0.name == name } ?? Member(name) }
        set {
            for place in members.indices where members[place].name == name {
                members[place] = newValue
            }
        }
    }

    var look: ClusterLook {
        get throws {
            let sightings = try members.map { member in
                ClusterLook.Sighting(
                    address: member.client,
                    outcome: try member.fault.map { .silent(why: $0) }
                        ?? .answered(answer(of: member, at: member.client))
                )
            }
            let found = try members.filter { $0.foundAt != nil }.map { member in
                let address = member.foundAt ?? ""
                return ClusterLook.Sighting(
                    address: address,
                    outcome: .answered(try answer(of: member, at: address))
                )
            }
            return ClusterLook(sightings + found + extra)
        }
    }

    func answer(of member: Member, at address: String) throws -> MemberAnswer {
        func list(_ names: [String]) -> String {
            "[" + names.map { "\"\($0)\"" }.joined(separator: ",") + "]"
        }
        let leader = member.leader.map { "\"id-\($0)\"" } ?? "null"
        let status = """
            {"id":"id-\(member.name)","name":"\(member.name)","version":"\(member.version)",
            "cluster":"c","role":"\(member.role)","leader":\(leader),"leader_for":7200,
            "term":\(member.term),"election_timeout":0.\(member.electionMilliseconds),
            "hearing":{"voters":\(members.count),"silent":\(list(member.silent))},
            "last_index":\(member.lastIndex),"last_term":\(member.lastTerm),"data_bytes":1024,
            "disk_free_bytes":\(member.freeByteCount),"watches":2,"connections":7}
            """
        return MemberAnswer(
            status: try JSONValue(parsing: Array(status.utf8)),
            list: try JSONValue(parsing: Array(roster.utf8)),
            unreadyReasons: member.unready,
            metrics: MetricsReading(parsing: Array(member.metrics.utf8)),
            clock: member.clock,
            roundTripNanoseconds: 500_000,
            address: address
        )
    }

    private var roster: String {
        let rows = members.map { member in
            """
            {"id":"id-\(member.name)","name":"\(member.name)","peer":"\(member.host):2380",
            "client":"\(member.client)","kind":"\(member.kind)","healthy":true,
            "lag_entries":\(member.lagEntryCount),"lag":0}
            """
        }
        return #"{"members":[\#(rows.joined(separator: ","))],"changes":\#(changes)}"#
    }
}
