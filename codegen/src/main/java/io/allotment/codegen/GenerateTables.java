package io.allotment.codegen;

import io.allotment.migrations.Migrations;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import org.jooq.codegen.GenerationTool;
import org.jooq.meta.jaxb.Configuration;
import org.jooq.meta.jaxb.Database;
import org.jooq.meta.jaxb.ForcedType;
import org.jooq.meta.jaxb.Generate;
import org.jooq.meta.jaxb.Generator;
import org.jooq.meta.jaxb.Jdbc;
import org.jooq.meta.jaxb.Logging;
import org.jooq.meta.jaxb.OnError;
import org.jooq.meta.jaxb.Target;

/**
 * Writes jOOQ's table classes from the migrated schema, once per change: of the SQL, of a version, or of this class.
 *
 * <p>Arguments: the folder to write to, and the versions of what does the work.
 */
public final class GenerateTables {

    private static final String SCHEMA = "allotment";
    private static final String PACKAGE = "io.allotment.persistence.jooq.generated";
    private static final String SQL = "io/allotment/migrations/sql";

    private GenerateTables() {}

    public static void main(String[] args) throws Exception {
        if (args.length != 2) {
            throw new IllegalArgumentException("Arguments: <output folder> <versions>");
        }
        Path out = Path.of(args[0]);
        Path stamp = out.resolve(".digest");
        String digest = digest(args[1]);
        if (Files.exists(stamp) && Files.readString(stamp).equals(digest)) {
            return;
        }
        Files.createDirectories(out);
        Files.deleteIfExists(stamp);
        generate(out);
        // Last, so that a run that was interrupted is done again.
        Files.writeString(stamp, digest);
    }

    private static void generate(Path out) throws Exception {
        try (var postgres = EmbeddedPostgres.builder()
                .setPGStartupWait(Duration.ofSeconds(60))
                .setServerConfig("full_page_writes", "off")
                .start()) {
            Migrations.run(postgres.getPostgresDatabase());
            GenerationTool.generate(configuration(postgres.getJdbcUrl("postgres", "postgres"), out));
        }
    }

    private static Configuration configuration(String jdbcUrl, Path out) {
        var database = new Database()
                .withName("org.jooq.meta.postgres.PostgresDatabase")
                .withInputSchema(SCHEMA)
                .withIncludes(".*")
                // The months of usage_events are its partitions; only the parent is written to and read from.
                .withExcludes("flyway_schema_history|usage_events_.*")
                .withIncludeTables(true)
                .withIncludeRoutines(false)
                .withIncludeTriggerRoutines(false)
                .withIncludePackages(false)
                .withIncludeDomains(false)
                .withIncludeSequences(false)
                .withIncludeSystemSequences(false)
                .withIncludeIndexes(false)
                .withIncludePrimaryKeys(false)
                .withIncludeUniqueKeys(false)
                .withIncludeForeignKeys(false)
                .withIncludeCheckConstraints(false)
                .withForcedTypes(new ForcedType()
                        .withName("INSTANT")
                        .withIncludeTypes("(?i:timestamp\\ with\\ time\\ zone|timestamptz)"));
        var generate = new Generate()
                .withRecords(false)
                .withPojos(false)
                .withDaos(false)
                .withInterfaces(false)
                .withIndexes(false)
                .withKeys(false)
                .withRelations(false)
                .withSequences(false)
                .withRoutines(false)
                .withComments(false)
                .withJavadoc(false)
                .withGeneratedAnnotation(false);
        return new Configuration()
                .withLogging(Logging.WARN)
                .withOnError(OnError.FAIL)
                .withJdbc(new Jdbc().withDriver("org.postgresql.Driver").withUrl(jdbcUrl))
                .withGenerator(new Generator()
                        .withDatabase(database)
                        .withGenerate(generate)
                        .withTarget(new Target()
                                .withPackageName(PACKAGE)
                                .withDirectory(out.toString())
                                .withEncoding("UTF-8")
                                .withClean(true)));
    }

    private static String digest(String versions) throws IOException, URISyntaxException, NoSuchAlgorithmException {
        var digest = MessageDigest.getInstance("SHA-256");
        digest.update(versions.getBytes(StandardCharsets.UTF_8));
        // What this class asks jOOQ for is part of the result.
        try (InputStream self = GenerateTables.class.getResourceAsStream("GenerateTables.class")) {
            digest.update(self.readAllBytes());
        }
        URI home = Migrations.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toURI();
        Path classes = Path.of(home);
        if (Files.isDirectory(classes)) {
            addSql(digest, classes.resolve(SQL));
        } else {
            try (var jar = FileSystems.newFileSystem(classes)) {
                addSql(digest, jar.getPath(SQL));
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private static void addSql(MessageDigest digest, Path folder) throws IOException {
        List<Path> files;
        try (var listing = Files.list(folder)) {
            files = listing.filter(file -> file.toString().endsWith(".sql"))
                    .sorted()
                    .toList();
        }
        for (Path file : files) {
            digest.update(file.getFileName().toString().getBytes(StandardCharsets.UTF_8));
            digest.update(Files.readAllBytes(file));
        }
    }
}
