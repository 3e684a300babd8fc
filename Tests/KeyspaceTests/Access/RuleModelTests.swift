import Bytes
import Testing

@testable import Keyspace

/// Rules against a naive reading of the contract: key by key, over every place where the answer may
/// change.
@Suite("Rules: nothing is allowed that no rule allows, and a denial beats every allowance")
struct RuleModelTests {
    private static let keys: [Key] = [
        "/", "/a", "/a/b", "/a/b/c", "/a0", "/a.", "/ab", "/b", "a", "\u{0}", "/.roost",
        "/.roost/locks/x", "/.roost0", "~",
    ].map { Key(unchecked: bytes($0)) }

    private static func range(_ random: inout SplitMix64) -> KeyRange {
        let key = keys.randomElement(using: &random) ?? .root
        let other = keys.randomElement(using: &random) ?? .root
        return switch Int.random(in: 0..<6, using: &random) {
        case 0: .key(key)
        case 1, 2: .subtree(key)
        case 3: .prefix(key.bytes)
        case 4: .interval(from: key.bytes, to: nil)
        default: .interval(from: key.bytes, to: other.bytes)
        }
    }

    private static func rules(_ random: inout SplitMix64) -> [AccessRule] {
        (0..<Int.random(in: 0...6, using: &random)).map { _ in
            let effect: AccessRule.Effect =
                Int.random(in: 0..<5, using: &random) == 0 ? .deny : .allow
            let verbs = AccessVerbs(rawValue: UInt8.random(in: 1...3, using: &random))
            return AccessRule(effect, to: verbs, in: .keys(range(&random)))
        } + halves(&random)
    }

    /// Two rules that allow neighbouring runs of keys.
    private static func halves(_ random: inout SplitMix64) -> [AccessRule] {
        guard Bool.random(using: &random) else { return [] }
        let bounds = (0..<3).map { _ in keys.randomElement(using: &random) ?? .root }.sorted()
        return zip(bounds, bounds.dropFirst()).map { from, to in
            AccessRule(.allow, to: .read, in: .keys(.interval(from: from.bytes, to: to.bytes)))
        }
    }

    private static func control(_ rules: [AccessRule]) -> AccessControl {
        var access = AccessControl()
        for (place, rule) in rules.enumerated() {
            // Over two roles: that they are of different roles is no matter.
            let role = name(place % 2 == 0 ? "a" : "b")
            access.set(AccessRole(rules: (access.role(role)?.rules ?? []) + [rule]), for: role)
        }
        return access
    }

    /// Whether the one key may be read, as the contract says it.
    private static func mayRead(_ key: Key, _ rules: [AccessRule]) -> Bool {
        func names(_ rule: AccessRule, _ isNamed: (KeyRange) -> Bool) -> Bool {
            guard case .keys(let range) = rule.scope else { return false }
            return rule.verbs.contains(.read) && isNamed(range)
        }
        let isDenied = rules.contains { rule in
            rule.effect == .deny && names(rule) { $0.selects(key) }
        }
        let isAllowed = rules.contains { rule in
            rule.effect == .allow && names(rule) { $0.contains(key) }
        }
        return isAllowed && !isDenied
    }

    /// Where a run of keys that one range has and another has not can begin.
    private static func places(_ rules: [AccessRule], _ range: KeyRange) -> [Key] {
        var spans = range.spans + KeyRange.subtree(.reserved).spans
        for rule in rules {
            if case .keys(let range) = rule.scope { spans += range.spans }
        }
        return spans.flatMap { [$0.from] + ($0.to.map { [$0] } ?? []) }
            .map { Key(unchecked: $0) } + keys
    }

    @Test("a range is allowed exactly when each of its keys is")
    func ranges() {
        var random = SplitMix64(seed: 15)
        var allowedCount = 0
        var unionCount = 0
        for _ in 0..<20_000 {
            let rules = Self.rules(&random)
            let range = Self.range(&random)
            let wanted = Self.places(rules, range).filter { range.contains($0) }
            let isAllowed = Self.control(rules)
                .decide([name("a"), name("b")], on: .read(range)).isAllowed
            let expected = wanted.allSatisfy { Self.mayRead($0, rules) }
            guard isAllowed == expected else {
                Issue.record("\(range) by \(rules): \(isAllowed)")
                return
            }
            guard isAllowed, !wanted.isEmpty else { continue }
            allowedCount += 1
            let isByOne = rules.contains { rule in
                Self.control([rule]).decide([name("a")], on: .read(range)).isAllowed
            }
            unionCount += isByOne ? 0 : 1
        }
        #expect(allowedCount > 1_000 && unionCount > 50, "\(allowedCount), \(unionCount)")
    }

    @Test("a key is decided as the range that has only it")
    func keysAlone() {
        var random = SplitMix64(seed: 16)
        for _ in 0..<10_000 {
            let rules = Self.rules(&random)
            let key = Self.keys.randomElement(using: &random) ?? .root
            let access = Self.control(rules)
            let roles = [name("a"), name("b")]
            let alone = access.decide(roles, on: .read(.key(key)))
            #expect(alone.isAllowed == Self.mayRead(key, rules), "\(key) by \(rules)")
            let span = KeyRange.interval(from: key.bytes, to: key.bytes + [0])
            #expect(alone.isAllowed == access.decide(roles, on: .read(span)).isAllowed)
        }
    }

    @Test("names of locks, as patterns say")
    func names() {
        let rules: [(AccessRule.Effect, String)] = [
            (.allow, "deploy/*"), (.allow, "leader"), (.deny, "deploy/prod/*"),
        ]
        let access = Self.control(
            rules.map { AccessRule($0, to: .lock, in: .names(NamePattern(name: bytes($1)))) }
        )
        let roles = [name("a"), name("b")]
        let rows: [(String, Bool)] = [
            ("deploy/eu", true), ("deploy/eu/x", true), ("deploy", false), ("leader", true),
            ("leader2", false), ("deploy/prod/eu", false), ("deploy/prod", true),
        ]
        for (text, isAllowed) in rows {
            let decision = access.decide(roles, on: .lock(name: bytes(text)))
            #expect(decision.isAllowed == isAllowed, "\(text)")
        }
        func locks(_ text: String) -> AccessRequirement {
            .locks(NamePattern(name: bytes(text)))
        }
        #expect(!access.decide(roles, on: locks("deploy/*")).isAllowed)
        #expect(access.decide(roles, on: locks("deploy/eu/*")).isAllowed)
        #expect(!access.decide(roles, on: locks("*")).isAllowed)
        #expect(!access.decide(roles, on: .read(.all)).isAllowed)
        #expect(!access.decide(roles, on: .admin).isAllowed)
    }

    @Test("the rule that decides is told", arguments: [AccessRule.Effect.allow, .deny])
    func grounds(effect: AccessRule.Effect) {
        let allow = AccessRule(.allow, to: .read, in: .keys(.subtree(path("/a"))))
        let deny = AccessRule(.deny, to: [.read, .write], in: .keys(.subtree(path("/a/b"))))
        let access = Self.control([allow, deny])
        let roles = [name("a"), name("b")]
        let expected: AccessDecision =
            effect == .allow
            ? .allowed(AccessGrounds(role: name("a"), rule: allow))
            : .denied(AccessGrounds(role: name("b"), rule: deny))
        let key = path(effect == .allow ? "/a/c" : "/a/b/c")
        #expect(access.decide(roles, on: .read(.key(key))) == expected)
        #expect(access.decide(roles, on: .read(.subtree(key))) == expected)
        #expect(access.decide(roles, on: .write(.key(path("/a/c")))) == .denied(nil))
        #expect(access.decide(roles, on: .admin) == .denied(nil))
    }

    @Test("what no rule can say is no rule")
    func forms() {
        let subtree = AccessRule.Scope.keys(.subtree(.root))
        let rows: [(AccessRule, Bool)] = [
            (AccessRule(.allow, to: [], in: subtree), false),
            (AccessRule(.allow, to: .lock, in: subtree), false),
            (AccessRule(.allow, to: [.read, .admin], in: subtree), false),
            (AccessRule(.allow, to: .read, in: .service), false),
            (AccessRule(.deny, to: [.admin, .metrics], in: .service), true),
            (AccessRule(.allow, to: AccessVerbs(rawValue: 0x80), in: .service), false),
            (AccessRule(.allow, to: .read, in: .names(NamePattern(name: [0x2A]))), false),
            (
                AccessRule(
                    .allow,
                    to: .read,
                    in: .keys(.prefix([UInt8](repeating: 1, count: KeyRange.boundByteCountMax + 1)))
                ),
                false
            ),
        ]
        for (rule, isWellFormed) in rows { #expect(rule.isWellFormed == isWellFormed, "\(rule)") }
        let patterns: [(String, Bool)] = [
            ("*", true), ("a/*", true), ("a*b", false), ("", false), ("a\u{0}", false),
            (String(repeating: "a", count: 256), false),
        ]
        for (text, isPattern) in patterns {
            #expect((NamePattern(bytes(text)) != nil) == isPattern, "\(text)")
        }
        for text in ["", "a\n", "\u{7F}", String(repeating: "a", count: 256)] {
            #expect(AccessName(bytes(text)) == nil)
        }
        #expect(AccessName([0xFF]) == nil)
    }
}
