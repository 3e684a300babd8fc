internal import Platform
internal import RoostClient
internal import Wire

/// Where logins are kept between commands: `roost/credentials.json` below XDG_CONFIG_HOME or
/// `~/.config`, which nobody else may read; one login for each set of endpoints.
struct CredentialsFile {
    private static let name = "credentials.json"
    private static let byteCountMax = 1 << 20

    /// A login.
    struct Login {
        let user: [UInt8]
        let token: [UInt8]
        /// Unix seconds.
        let expires: UInt64
    }

    private let directory: String

    /// Nil where the environment names no home.
    init?() {
        if let base = Environment.value(of: "XDG_CONFIG_HOME"), base.hasPrefix("/") {
            directory = "\(base)/roost"
        } else if let home = Environment.value(of: "HOME"), home.hasPrefix("/") {
            directory = "\(home)/.config/roost"
        } else {
            return nil
        }
    }

    var path: String { "\(directory)/\(Self.name)" }

    /// The set in the one way in which it is kept, whatever the order.
    static func place(of endpoints: [ServiceAddress]) -> [UInt8] {
        Array(Set(endpoints.map(\.description)).sorted().joined(separator: ",").utf8)
    }

    /// The login for these endpoints; nil where there is none, or its time is over.
    func login(at endpoints: [ServiceAddress]) throws(Failure) -> Login? {
        let place = Self.place(of: endpoints)
        guard let entry = try logins().first(where: { $0.name == place })?.value,
            let user = entry["user"]?.string, let token = entry["token"]?.string,
            let expires = entry["expires"]?.whole, expires > UInt64(max(0, Clock.wallSeconds()))
        else { return nil }
        return Login(user: user, token: token, expires: expires)
    }

    /// Keeps a login, or forgets the one that there is.
    func keep(_ login: Login?, at endpoints: [ServiceAddress]) throws(Failure) {
        let place = Self.place(of: endpoints)
        var logins = try logins().filter { $0.name != place }
        if let login {
            var json = JSONWriter()
            json.beginObject()
            json.member("user", string: login.user)
            json.member("token", string: login.token)
            json.member("expires", number: login.expires)
            json.endObject()
            guard let value = try? JSONValue(parsing: json.output) else {
                throw .local("the answer's token is no text")
            }
            logins.append(JSONObject.Member(name: place, value: value))
        }
        try write(logins)
    }

    private func logins() throws(Failure) -> [JSONObject.Member] {
        let bytes: [UInt8]
        do throws(SystemError) {
            let file = try SequentialFile(opening: path)
            bytes = try file.readAll(limit: Self.byteCountMax) ?? []
        } catch {
            guard !error.isMissing else { return [] }
            throw .local("cannot read \(path): \(error)")
        }
        guard let members = (try? JSONValue(parsing: bytes))?.object?.members else {
            throw .local("\(path) is damaged; remove it and log in again")
        }
        return members
    }

    private func write(_ logins: [JSONObject.Member]) throws(Failure) {
        var json = JSONWriter()
        json.value(.object(JSONObject(members: logins)))
        do throws(SystemError) {
            let parent = String(directory.dropLast("/roost".count))
            _ = try DirectoryHandle(creating: parent)
            let place = try DirectoryHandle(creating: directory)
            // Of a name that nobody can have taken before, in whoever's directory this is.
            let word = String(try Entropy.word(), radix: 16)
            let draft = "\(Self.name).\(word).draft"
            let file = try place.open(draft, for: .making(permissions: 0o600))
            do throws(SystemError) {
                try file.write(json.output + [0x0A], at: 0)
                try place.rename(draft, to: Self.name)
            } catch {
                try? place.remove(draft)
                throw error
            }
        } catch { throw .local("cannot write \(path): \(error)") }
    }
}
