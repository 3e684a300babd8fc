import Testing

/// One member alone that tests share when they do not harm it.
package enum SharedMember {
    private static let started = Result { try Cluster.started(count: 1) }

    /// The cluster of one; started by the first who asks.
    package static func cluster() throws -> Cluster { try started.get() }

    /// Its only member.
    package static func member() throws -> Member { try cluster().members[0] }
}
