internal import Certificates
internal import Platform

/// Where `roost certs` keeps a cluster's certificates: `ca.crt`, `ca.key`, `ca.crl`, and `NAME.crt`
/// and `NAME.key` of each member and client.
struct CertificateDirectory: ~Copyable {
    /// One file to be.
    struct Item {
        let name: String
        let bytes: [UInt8]
        let permissions: UInt16

        /// One that everybody may read.
        static func open(_ name: String, bytes: [UInt8]) -> Item {
            Item(name: name, bytes: bytes, permissions: 0o644)
        }

        /// One that only its owner may read.
        static func secret(_ name: String, bytes: [UInt8]) -> Item {
            Item(name: name, bytes: bytes, permissions: 0o600)
        }

        /// A certificate and its key; the key comes first, so that whoever sees the certificate has
        /// both.
        static func pair(_ pair: KeyPair, named name: String) -> [Item] {
            [
                .secret("\(name).key", bytes: pair.key),
                .open("\(name).crt", bytes: pair.certificate),
            ]
        }
    }

    static let authorityName = "ca"
    static let revocationsName = "ca.crl"
    /// Longer files are none of ours.
    private static let byteCountMax = 1 << 20

    /// As the user wrote it.
    let path: String
    private let handle: DirectoryHandle

    /// Opens a directory; `creating` makes it with mode 0700 where it is missing.
    init(_ path: String, creating: Bool = false) throws(Failure) {
        self.path = path
        do throws(SystemError) {
            handle =
                try creating
                ? DirectoryHandle(creating: path) : DirectoryHandle(opening: path)
        } catch { throw .local("cannot open the directory \(path): \(error)") }
    }

    /// How a file of the directory is called outside of it.
    borrowing func path(of name: String) -> String {
        path == "." ? name : path.hasSuffix("/") ? path + name : "\(path)/\(name)"
    }

    /// Whether it can be the name of files here: it is no path, and not hidden.
    static func isFileName(_ name: String) -> Bool {
        !name.isEmpty && !name.hasPrefix(".") && !name.utf8.contains(UInt8(ascii: "/"))
            && name.utf8.count <= 200
    }

    /// The names of everything that has a certificate here but the authority, sorted.
    borrowing func certificateNames() throws(Failure) -> [String] {
        do throws(SystemError) {
            return try handle.names().filter { $0.hasSuffix(".crt") }.map { String($0.dropLast(4)) }
                .filter { $0 != Self.authorityName }
        } catch { throw .local("cannot list \(path): \(error)") }
    }

    /// A file's content; nil when there is none of that name.
    borrowing func contentIfAny(of name: String) throws(Failure) -> [UInt8]? {
        let bytes: [UInt8]
        do throws(SystemError) {
            let file = try handle.open(name, for: .reading)
            bytes = try file.read(at: 0, byteCount: Self.byteCountMax + 1)
        } catch {
            guard !error.isMissing else { return nil }
            throw .local("cannot read \(path(of: name)): \(error)")
        }
        guard bytes.count <= Self.byteCountMax else {
            throw .local("\(path(of: name)) is longer than 1 MiB; it is none of roost's")
        }
        return bytes
    }

    /// The authority, with its key.
    borrowing func authority() throws(Failure) -> CertificateAuthority {
        guard let certificate = try contentIfAny(of: "ca.crt"),
            let key = try contentIfAny(of: "ca.key")
        else {
            throw .local(
                "\(path) has no authority (ca.crt and ca.key); 'roost certs init' makes one, "
                    + "--dir DIR names another directory"
            )
        }
        do throws(CertificateFault) {
            return try CertificateAuthority(certificate: certificate, key: key)
        } catch { throw .local("the authority in \(path) is of no use: \(error.text)") }
    }

    /// What the authority revoked so far, if it did.
    borrowing func revocations() throws(Failure) -> RevocationList? {
        guard let bytes = try contentIfAny(of: Self.revocationsName) else { return nil }
        do throws(CertificateFault) { return try RevocationList(pem: bytes) } catch {
            throw .local("\(path(of: Self.revocationsName)) is of no use: \(error.text)")
        }
    }

    /// Makes files, durably, and all of them or none; what is there already is never overwritten.
    borrowing func add(_ items: [Item]) throws(Failure) {
        var added: [String] = []
        do throws(Failure) {
            for item in items {
                try write(item)
                added.append(item.name)
            }
            try synchronize()
        } catch {
            for name in added { try? handle.remove(name) }
            throw error
        }
    }

    /// Puts files into the place of others, each in one step; owner and permissions stay.
    ///
    /// - Parameter old: what is kept of those that go, under their names with `.old`.
    borrowing func replace(_ items: [Item], keeping old: [Item] = []) throws(Failure) {
        for item in old {
            let kept = Item(
                name: item.name + ".old",
                bytes: item.bytes,
                permissions: item.permissions
            )
            try put(kept, like: item.name)
        }
        for item in items { try prepare(item, like: item.name) }
        for item in items { try move(item) }
        try synchronize()
    }

    private borrowing func put(_ item: Item, like model: String) throws(Failure) {
        try prepare(item, like: model)
        try move(item)
    }

    private static func draftName(_ item: Item) -> String {
        "\(item.name).\(CurrentProcess.id).part"
    }

    /// Writes the item under a name of its own, with the owner of another file if that is there.
    private borrowing func prepare(_ item: Item, like model: String) throws(Failure) {
        let name = Self.draftName(item)
        do throws(SystemError) {
            try handle.remove(name)
            let file = try handle.open(name, for: .making(permissions: item.permissions))
            if try handle.byteCount(of: model) != nil {
                try file.takeOwner(of: handle.open(model, for: .reading))
            }
            try file.write(item.bytes, at: 0)
            try file.synchronize()
        } catch {
            try? handle.remove(name)
            throw .local("cannot write \(path(of: item.name)): \(error); nothing was replaced")
        }
    }

    private borrowing func move(_ item: Item) throws(Failure) {
        do throws(SystemError) { try handle.rename(Self.draftName(item), to: item.name) } catch {
            throw .local("cannot replace \(path(of: item.name)): \(error)")
        }
    }

    private borrowing func write(_ item: Item) throws(Failure) {
        do throws(SystemError) {
            let file = try handle.open(item.name, for: .making(permissions: item.permissions))
            do throws(SystemError) {
                try file.write(item.bytes, at: 0)
                try file.synchronize()
            } catch {
                try? handle.remove(item.name)
                throw error
            }
        } catch {
            guard !error.isTaken else {
                throw .local(
                    "\(path(of: item.name)) is there already, and is never overwritten; "
                        + "choose another name or directory, move it away, "
                        + "or let 'roost certs renew' replace a certificate"
                )
            }
            throw .local("cannot write \(path(of: item.name)): \(error)")
        }
    }

    private borrowing func synchronize() throws(Failure) {
        do throws(SystemError) { try handle.synchronize() } catch {
            throw .local("cannot write to \(path): \(error)")
        }
    }
}
