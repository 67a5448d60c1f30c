// SPDX-License-Identifier: Apache-2.0

import SluiceModels

/// What a database says about its own tables, a line for each fact: order and names that nobody gave do not matter.
enum SchemaFacts {
    static func read(_ database: Database) async throws -> Set<String> {
        let isSQLite = database.driver.dialect.name == "sqlite"
        var facts: Set<String> = []
        for sql in isSQLite ? sqlite : postgreSQL {
            let lines = try await database.run(Statement(sql: sql), writing: true) { reader in
                var lines: [String] = []
                while try reader.next() {
                    lines.append(
                        (0..<reader.count).map { reader.isNull($0) ? "-" : reader.text($0) }.joined(separator: " | "))
                }
                return lines
            }
            facts.formUnion(lines)
        }
        if isSQLite {
            let definitions = facts.filter { $0.hasPrefix("definition | ") }
            facts.subtract(definitions)
            for definition in definitions {
                let table = definition.split(separator: "|")[1]
                for line in definition.split(separator: "\n") where line.contains("CHECK (") {
                    let rule = line.drop { $0 == " " }
                    facts.insert("check |\(table)| \(rule.hasSuffix(",") ? rule.dropLast() : rule)")
                }
            }
        }
        return facts.filter { !$0.contains("sluice_migrations") }
    }

    private static let sqlite = [
        """
        SELECT 'column', m.name, c.name, c.type, c."notnull", c.dflt_value, c.pk, c.hidden
        FROM sqlite_schema m JOIN pragma_table_xinfo(m.name) c WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite%'
        """,
        """
        SELECT 'index', m.name, CASE i.origin WHEN 'c' THEN i.name ELSE i.origin END, i."unique", i.partial,
            (SELECT group_concat(x.name || ' ' || x.desc, ', ') FROM pragma_index_xinfo(i.name) x WHERE x.key = 1),
            (SELECT sql FROM sqlite_schema WHERE name = i.name AND i.origin = 'c')
        FROM sqlite_schema m JOIN pragma_index_list(m.name) i WHERE m.type = 'table'
        """,
        """
        SELECT 'reference', m.name, f."from", f."table", f."to", f.on_delete
        FROM sqlite_schema m JOIN pragma_foreign_key_list(m.name) f WHERE m.type = 'table'
        """,
        "SELECT 'definition', name, sql FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'",
        "SELECT 'counted', name FROM sqlite_schema WHERE type = 'table' AND sql LIKE '%AUTOINCREMENT%'",
    ]

    private static let postgreSQL = [
        """
        SELECT 'column', c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity,
            a.attgenerated, pg_get_expr(d.adbin, d.adrelid)
        FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
        LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
        WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r' AND a.attnum > 0
            AND NOT a.attisdropped
        """,
        """
        SELECT 'constraint', conrelid::regclass::text, contype, CASE WHEN contype = 'c' THEN conname END,
            pg_get_constraintdef(oid)
        FROM pg_constraint WHERE connamespace = current_schema()::regnamespace
        """,
        """
        SELECT 'index', tablename, indexname, regexp_replace(indexdef, current_schema() || '\\.', '') FROM pg_indexes
        WHERE schemaname = current_schema() AND NOT EXISTS (SELECT FROM pg_constraint WHERE conname = indexname)
        """,
    ]
}
