package io.allotment.server;

import io.allotment.application.apikey.RootKeyForm;
import java.io.PrintWriter;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

@Command(
        name = "serve",
        description = "Answer HTTP requests until stopped (Ctrl-C, SIGTERM). Brings the database up to date first.")
final class ServeCommand implements Callable<Integer> {

    private static final Pattern KEY = Pattern.compile("[!-~]{20,200}");
    private static final int MAX_CONNECTIONS = 1_000;

    @Option(
            names = "--host",
            paramLabel = "ADDRESS",
            defaultValue = "127.0.0.1",
            description = {
                "Where to listen (default: 127.0.0.1, which only this machine reaches); 0.0.0.0 for every interface.",
                "Environment: ALLOTMENT_HOST"
            })
    private String host;

    @Option(
            names = "--port",
            paramLabel = "PORT",
            defaultValue = "8080",
            description = {
                "Which port to listen on (default: 8080); 0 for any that is free.",
                "Environment: ALLOTMENT_PORT"
            })
    private int port;

    @Option(
            names = "--root-key",
            paramLabel = "KEY",
            description = {
                "The one key that may do everything (default: made at the first start, and shown then). Other users of"
                        + " this machine see a command's options: rather use the environment.",
                "Environment: ALLOTMENT_ROOT_KEY"
            })
    private String rootKey;

    @Option(
            names = "--new-root-key",
            description = "Make and show a new root key, for when it was lost. The old one is refused from then on.")
    private boolean newRootKey;

    @Option(
            names = "--no-migrate",
            description = "Leave the database as it is, and do not start where it is not up to date.")
    private boolean noMigrate;

    @Option(
            names = "--connections",
            paramLabel = "N",
            defaultValue = "16",
            description = {
                "How many connections to the database tenants' work may use (default: 16); the platform's work uses two"
                        + " more.",
                "Environment: ALLOTMENT_CONNECTIONS"
            })
    private int connections;

    /** Whether this server runs jobs. */
    enum RunsJobs {
        on,
        off
    }

    @Option(
            names = "--jobs",
            paramLabel = "on|off",
            defaultValue = "on",
            description = {
                "Whether this server runs jobs, beside others on the same database (default: on): mails, partitions, what"
                        + " lapses and expires, retention. Where none does, nothing is wrong, only later.",
                "Environment: ALLOTMENT_JOBS"
            })
    private RunsJobs jobs;

    @Mixin
    private final DatabaseOptions databaseOptions;

    @Mixin
    private final SignInOptions signInOptions;

    @Mixin
    private final PaymentOptions paymentOptions = new PaymentOptions();

    @Mixin
    private final StripeOptions stripeOptions;

    @Mixin
    private final DunningOption dunning = new DunningOption();

    @Mixin
    private final DoorOptions doorOptions = new DoorOptions();

    @Mixin
    private final HelpOption help = new HelpOption();

    @Spec
    private CommandSpec command;

    ServeCommand(Surroundings surroundings) {
        this.databaseOptions = new DatabaseOptions(surroundings);
        this.signInOptions = new SignInOptions(surroundings);
        this.stripeOptions = new StripeOptions(surroundings);
    }

    @Override
    public Integer call() throws InterruptedException {
        refuseWrongOptions();
        var out = command.commandLine().getOut();
        var signIn = signInOptions.settings();
        var payments = paymentOptions.settings(
                host,
                doorOptions.reachedByOthers().or(signIn::reachedByOthers),
                databaseOptions.directory(),
                stripeOptions.settings());
        var database = databaseOptions.openForLong();
        Server server;
        try {
            if (noMigrate) {
                database.requireMigrated();
            } else {
                database.migrate();
            }
            server = Server.start(
                    database,
                    new Server.Settings(
                            host,
                            port,
                            Optional.ofNullable(rootKey),
                            connections,
                            payments,
                            dunning.schedule(),
                            jobs == RunsJobs.on,
                            signIn),
                    doorOptions::applyTo);
        } catch (RuntimeException e) {
            database.close();
            throw e;
        }
        server.closeWithJvm();
        // Only now that nothing can go wrong any more: it is shown once.
        print(out, server, database, payments, madeRootKey(server));
        new CountDownLatch(1).await();
        return 0;
    }

    private Optional<String> madeRootKey(Server server) {
        var rootKeys = server.allotment().rootKeys();
        if (rootKey != null) {
            return Optional.empty();
        }
        return newRootKey ? Optional.of(rootKeys.replace()) : rootKeys.createFirst();
    }

    private void refuseWrongOptions() {
        OptionBounds.require(command, "--port", port, 0, 65_535);
        OptionBounds.require(command, "--connections", connections, 1, MAX_CONNECTIONS);
        if (rootKey != null && newRootKey) {
            throw misused(
                    "A new root key would not be used, because one is given by --root-key or ALLOTMENT_ROOT_KEY.");
        }
        if (rootKey != null && RootKeyForm.isAnothers(rootKey)) {
            throw misused(
                    "The root key must not look like an API key or another token of Allotment's, whose prefix it has.");
        }
        if (rootKey != null && !KEY.matcher(rootKey).matches()) {
            throw misused("The root key must be 20 to 200 visible ASCII characters without spaces, and hard to guess:"
                    + " it may do everything.");
        }
    }

    private ParameterException misused(String message) {
        return new ParameterException(command.commandLine(), message);
    }

    private void print(
            PrintWriter out,
            Server server,
            Database database,
            PaymentOptions.Settings payments,
            Optional<String> made) {
        var address = "http://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + server.port();
        out.println("Allotment listens at " + address);
        out.println("  database   " + database.name());
        out.println("  payments   " + payments.told());
        out.println("  manual     " + address + "/docs");
        out.println("  health     " + address + "/readyz");
        out.println("  metrics    " + address + "/metrics");
        out.println();
        made.ifPresent(key -> {
            var frame = "=".repeat(72);
            out.println(frame);
            out.println("The root key. It may do everything; it is shown this once and never again:");
            out.println();
            out.println("    " + key);
            out.println();
            out.println("Keep it safe. If it gets lost, start with --new-root-key.");
            out.println(frame);
            out.println();
        });
        out.println("Try:");
        out.println("  export ROOT_KEY=" + made.orElse("<the root key>"));
        out.println("  curl -X POST " + address + "/v1/tenants -H \"Authorization: Bearer $ROOT_KEY\" \\");
        out.println("    -H 'Idempotency-Key: my-first-tenant' -H 'Content-Type: application/json' \\");
        out.println("    -d '{\"name\": \"Acme\", \"slug\": \"acme\"}'");
        out.flush();
    }
}
