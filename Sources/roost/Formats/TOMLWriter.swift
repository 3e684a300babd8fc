internal import Bytes
internal import Wire

/// Tables whose values are strings: what lies in a directory first, then each directory below as a
/// table of its own.
enum TOMLWriter {
    static func text(of leaves: [TreeLeaf]) -> [UInt8] {
        var output: [UInt8] = []
        write(TreeLevel(leaves), names: [], to: &output)
        return output
    }

    private static func write(_ level: TreeLevel, names: [[UInt8]], to output: inout [UInt8]) {
        let values = level.children.filter { $0.children.isEmpty }
        if !names.isEmpty, level.value != nil || !values.isEmpty {
            if !output.isEmpty { output.append("\n") }
            output.append("[")
            for (place, name) in names.enumerated() {
                if place > 0 { output.append(".") }
                append(name, to: &output)
            }
            output.append("]\n")
        }
        if let value = level.value { append([], value: value, to: &output) }
        for child in values { append(child.name, value: child.value ?? [], to: &output) }
        for child in level.children where !child.children.isEmpty {
            write(child, names: names + [child.name], to: &output)
        }
    }

    private static func append(_ name: [UInt8], value: [UInt8], to output: inout [UInt8]) {
        append(name, to: &output)
        output.append(" = ")
        QuotedText.append(MarkedValue.text(of: value), to: &output)
        output.append("\n")
    }

    private static func append(_ name: [UInt8], to output: inout [UInt8]) {
        let isBare =
            !name.isEmpty
            && name.allSatisfy {
                $0.isASCIILetter || $0.isASCIIDigit || "_-".utf8.contains($0)
            }
        if isBare { output += name } else { QuotedText.append(name, to: &output) }
    }
}
