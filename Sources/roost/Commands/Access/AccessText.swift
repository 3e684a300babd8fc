internal import Wire

/// Users, roles and rules as people read them.
enum AccessText {
    static func principal(_ json: JSONValue) -> String {
        guard let name = json["name"] else {
            return json["enabled"]?.bool == true
                ? "nobody in particular" : "nobody in particular (access is not controlled)"
        }
        let roles = list(json["roles"])
        return roles.isEmpty ? "\(name.plainText), without a role" : "\(name.plainText) (\(roles))"
    }

    /// Elements with commas between.
    static func list(_ value: JSONValue?) -> String {
        (value?.array ?? []).map(\.plainText).joined(separator: ", ")
    }

    /// A rule in one line: `allow read,write /app and below`.
    static func rule(_ json: JSONValue) -> String {
        let (effect, verbs) = json["deny"].map { ("deny", $0) } ?? ("allow", json["allow"] ?? .null)
        let words = (verbs.array ?? []).map(\.plainText).joined(separator: ",")
        return [effect, words, scope(json)].filter { !$0.isEmpty }.joined(separator: " ")
    }

    private static func scope(_ json: JSONValue) -> String {
        if let path = json["path"]?.plainText {
            return json["recursive"]?.bool == true ? "\(path) and below" : path
        }
        if let key = json["key"]?.plainText { return "key \(key)" }
        if let prefix = json["prefix"]?.plainText { return "prefix \(prefix)" }
        if let name = json["name"]?.plainText { return name }
        guard json["from"] != nil || json["to"] != nil else { return "" }
        return "from \(json["from"]?.plainText ?? "") to \(json["to"]?.plainText ?? "the last key")"
    }
}
