internal import Wire

/// What a request is about, for those who count: its method, and the pattern of its address. There
/// is a small number of them, whatever clients ask.
package struct CallSubject: RawRepresentable, Hashable, Sendable {
    private static let methods: [Method] = [
        .get, .head, .put, .post, .patch, .delete, .options, .other,
    ]
    /// More than there are addresses.
    private static let routeCount: UInt16 = 128

    /// Every number is below this.
    package static let count = 8 * Int(routeCount)

    /// What no address is known of.
    package static let unknown = CallSubject(.other, of: nil)
    /// The read of one key.
    package static let keyRead = CallSubject(.get, of: .key)
    /// The write of one key.
    package static let keyWrite = CallSubject(.put, of: .key)

    /// Below `count`.
    package let rawValue: UInt16

    package init?(rawValue: UInt16) {
        let route = rawValue % Self.routeCount
        guard rawValue < Self.count, route <= Resource.allCases.count else { return nil }
        self.rawValue = rawValue
    }

    init(_ method: Method, of resource: Resource?) {
        let route = resource.map { UInt16($0.rawValue) + 1 } ?? 0
        rawValue = method.place * Self.routeCount + route
    }

    /// Whether it is the page of metrics, which costs more to make than the rest of a report.
    package var isMetrics: Bool {
        rawValue % Self.routeCount == UInt16(Resource.metrics.rawValue) + 1
    }

    /// Whether it changes something, or takes a place in a queue.
    package var changes: Bool {
        let route = Int(rawValue % Self.routeCount)
        if route > 0, Resource.allCases[route - 1].holds { return true }
        return !Self.methods[Int(rawValue / Self.routeCount)].isSafe
    }

    /// Whether it belongs in an audit log, however it is answered: it changes something, or is
    /// administration, as a backup is, which has everything.
    package var isAudited: Bool {
        changes || rawValue % Self.routeCount == UInt16(Resource.snapshot.rawValue) + 1
    }

    /// Whether it tells of no key and no name, but how the member is.
    package var isHealth: Bool {
        let route = Int(rawValue % Self.routeCount)
        return route > 0 && Resource.allCases[route - 1].isHealth
    }

    /// As it stands in a request; `other` for one that is not known.
    package var method: String { Self.methods[Int(rawValue / Self.routeCount)].label }

    /// The address with the places of its variable parts; `other` for one that is not known.
    package var route: StaticString {
        let route = Int(rawValue % Self.routeCount)
        return route == 0 ? "other" : Resource.allCases[route - 1].template
    }
}

extension Method {
    fileprivate var place: UInt16 {
        switch self {
        case .get: 0
        case .head: 1
        case .put: 2
        case .post: 3
        case .patch: 4
        case .delete: 5
        case .options: 6
        case .other: 7
        }
    }

    fileprivate var label: String {
        if case .other = self { "other" } else { rawValue }
    }
}
