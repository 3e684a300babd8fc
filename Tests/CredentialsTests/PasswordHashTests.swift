import Bytes
import Credentials
import Testing

@Suite("Passwords are kept as scrypt of them")
struct PasswordHashTests {
    private static func hash(_ text: String) -> PasswordHash? {
        PasswordHash(parsing: Array(text.utf8))
    }

    @Test("the vector of RFC 7914, section 12")
    func vector() throws {
        let digest: [UInt8] = [
            0x70, 0x23, 0xBD, 0xCB, 0x3A, 0xFD, 0x73, 0x48, 0x46, 0x1C, 0x06, 0xCD, 0x81, 0xFD,
            0x38, 0xEB, 0xFD, 0xA8, 0xFB, 0xBA, 0x90, 0x4F, 0x8E, 0x3E, 0xA9, 0xB5, 0x43, 0xF6,
            0x54, 0x5D, 0xA1, 0xF2,
        ]
        let text = String(decoding: Base64.encode(digest).dropLast(1), as: UTF8.self)
        let hash = try #require(Self.hash("$scrypt$ln=14,r=8,p=1$U29kaXVtQ2hsb3JpZGU$" + text))
        #expect(try hash.matches(Array("pleaseletmein".utf8)))
        #expect(try !hash.matches(Array("pleaseletmeout".utf8)))
    }

    @Test("a hash of the standard's cost is made, read and matched")
    func standard() throws {
        let password = Array("correct horse".utf8)
        let made = try PasswordHash(of: password, salt: Array(0..<16))
        #expect(made.text.starts(with: Array("$roost-scrypt$ln=15,r=8,p=3$".utf8)))
        let read = try #require(PasswordHash(parsing: made.text))
        #expect(read == made)
        #expect(try read.matches(password))
    }

    @Test("another salt makes another hash, and a wrong password of any length is none")
    func salts() throws {
        let password = Array("12345678".utf8)
        let one = try PasswordHash(of: password, salt: Array(0..<16), cost: .trifling)
        let other = try PasswordHash(of: password, salt: Array(1..<17), cost: .trifling)
        #expect(one.text != other.text)
        for wrong in ["", "1234567", "12345679", "123456788"] {
            #expect(try !one.matches(Array(wrong.utf8)))
        }
        #expect(try !one.matches([UInt8](repeating: 1, count: 5000)))
    }

    @Test("no two passwords come to the same; what was kept before is still matched")
    func equivalents() throws {
        let long = [UInt8](repeating: 0x61, count: 80)
        // SHA-256 of it, which stands for it as a key of HMAC.
        let digest: [UInt8] = [
            0x0F, 0x45, 0xE8, 0x58, 0xFB, 0xC4, 0x17, 0x6C, 0xDF, 0x4E, 0x41, 0x1F,
            0x88, 0x28, 0x1E, 0xDE, 0xFC, 0x39, 0x0A, 0xE5, 0xAF, 0xE7, 0xDF, 0x0F,
            0x44, 0xCD, 0x92, 0x97, 0xF0, 0xA6, 0x45, 0x80,
        ]
        let made = try PasswordHash(of: long, salt: Array(0..<16), cost: .trifling)
        #expect(try made.matches(long))
        #expect(try !made.matches(digest))
        let coded = MessageCode(
            key: Array("Roost: what scrypt is worked out of, of a password".utf8)
        ).code(for: long)
        #expect(try !made.matches(coded))
        let short = Array("12345678".utf8)
        let kept = try PasswordHash(of: short, salt: Array(0..<16), cost: .trifling)
        #expect(try kept.matches(short))
        #expect(try !kept.matches(short + [0]))
        let before = try #require(Self.hash(Self.keptBefore))
        #expect(try before.matches(short))
        #expect(try !before.matches(short + [0]))
        #expect(throws: PasswordHash.Fault.zeroByte) {
            try PasswordHash(of: short + [0], salt: Array(0..<16))
        }
    }

    /// Of "12345678" with the salt 0 to 15, as `hashlib.scrypt` of Python gives it.
    private static let keptBefore =
        "$scrypt$ln=4,r=1,p=1$AAECAwQFBgcICQoLDA0ODw$P46Y7uwuL/E+Wr7UzOymlaFQnWb8EIuemlvM/yaVjlA"

    @Test("too short and too long passwords are not kept", arguments: [0, 7, 1025])
    func lengths(_ count: Int) {
        #expect(throws: PasswordHash.Fault.passwordLength(byteCount: count)) {
            try PasswordHash(of: [UInt8](repeating: 7, count: count), salt: Array(0..<16))
        }
    }

    private static let salt = "AAECAwQFBgcICQoLDA0ODw"
    private static let digest = String(repeating: "A", count: 43)

    @Test(
        "a text in another form, or that asks for more work than is borne, is no hash",
        arguments: [
            "", "$", "$$$$", "$scrypt$ln=15,r=8,p=3$\(salt)",
            "$bcrypt$ln=15,r=8,p=3$\(salt)$\(digest)",
            "$scrypt$ln=015,r=8,p=3$\(salt)$\(digest)", "$scrypt$r=8,ln=15,p=3$\(salt)$\(digest)",
            "$scrypt$ln=15,r=8,p=3,x=1$\(salt)$\(digest)", "$scrypt$ln=0,r=8,p=3$\(salt)$\(digest)",
            "$scrypt$ln=99,r=8,p=3$\(salt)$\(digest)", "$scrypt$ln=17,r=8,p=1$\(salt)$\(digest)",
            "$scrypt$ln=15,r=8,p=16$\(salt)$\(digest)", "$scrypt$ln=16,r=16,p=1$\(salt)$\(digest)",
            "$scrypt$ln=15,r=8,p=3$\(salt)==$\(digest)", "$scrypt$ln=15,r=8,p=3$AAEC$\(digest)",
            "$scrypt$ln=15,r=8,p=3$\(salt)$\(digest)A", "$scrypt$ln=15,r=8,p=3$\(salt)$AAAA",
            "$scrypt$ln=15,r=8,p=3$\(salt)$\(digest)$" + String(repeating: "A", count: 300),
        ]
    )
    func forms(_ text: String) { #expect(Self.hash(text) == nil) }
}
