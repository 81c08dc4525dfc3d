package io.allotment.server;

import io.allotment.Allotment;
import io.allotment.domain.billing.PaymentGateway;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.Refusal;
import io.allotment.domain.subscription.DunningSchedule;
import io.allotment.domain.subscription.Subscription;
import io.allotment.http.HttpApi;
import io.allotment.jobs.Jobs;
import io.allotment.persistence.jooq.JooqPersistence;
import io.allotment.sandbox.SandboxPayments;
import io.allotment.signin.SignIn;
import java.net.BindException;
import java.nio.channels.UnresolvedAddressException;
import java.time.Clock;
import java.util.Optional;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The running whole: HTTP over the pools over the database, closed in this order. */
final class Server implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Server.class);

    private final Database database;
    private final JooqPersistence persistence;
    private final HttpApi http;
    private final Allotment allotment;
    private final Jobs jobs;
    private final Optional<SandboxPost> sandbox;
    private final Optional<MailWatch> mails;

    private Server(
            Database database,
            JooqPersistence persistence,
            HttpApi http,
            Allotment allotment,
            Jobs jobs,
            Optional<SandboxPost> sandbox,
            Optional<MailWatch> mails) {
        this.database = database;
        this.persistence = persistence;
        this.http = http;
        this.allotment = allotment;
        this.jobs = jobs;
        this.sandbox = sandbox;
        this.mails = mails;
    }

    /**
     * Where it listens, and whom it lets in.
     *
     * @param port 0 for any that is free
     * @param rootKey the one that is accepted; empty for the one that is kept in the database
     * @param connections to the database, for tenants' work
     * @param payments who takes them
     * @param dunning when who has not paid is told of it
     * @param runsJobs whether jobs are run here, beside other servers of the database
     */
    record Settings(
            String host,
            int port,
            Optional<String> rootKey,
            int connections,
            PaymentOptions.Settings payments,
            DunningSchedule dunning,
            boolean runsJobs,
            SignInOptions.Settings signIn) {}

    /** Starts on a database that is up to date. It is the caller's until this returns, and this server's from then on. */
    static Server start(Database database, Settings settings) {
        return start(database, settings, door -> {});
    }

    /** The same with what else is said of the way in. */
    static Server start(Database database, Settings settings, Consumer<HttpApi.Builder> door) {
        var persistence = database.connect(settings.connections());
        try {
            var clock = Clock.systemUTC();
            var sandbox = settings.payments().kind() == PaymentOptions.Kind.sandbox
                    ? Optional.of(settings.payments().sandbox(clock))
                    : Optional.<SandboxPayments>empty();
            var gateway = sandbox.<PaymentGateway>map(one -> one)
                    .orElseGet(() -> settings.payments().elsewhere(clock));
            warnOfOthers(persistence, gateway);
            var allotment = Allotment.with(persistence)
                    .clock(clock)
                    .passwords(SignIn.argon2id())
                    .tokens(SignIn.tokens(settings.signIn().issuers(), clock))
                    .signUpOpen(settings.signIn().signUpOpen())
                    .mailLinks(settings.signIn().links())
                    .dunning(settings.dunning())
                    .payments(gateway)
                    .build();
            var api = HttpApi.of(allotment)
                    .host(settings.host())
                    .port(settings.port())
                    .readiness(() -> unreadiness(allotment));
            settings.rootKey().ifPresent(api::rootKey);
            var post = sandbox.map(one -> new SandboxPost(one, allotment));
            post.ifPresent(pages -> api.pages(SandboxPayments.PAGES, pages));
            var jobs = jobs(persistence, allotment, settings);
            api.meters(jobs.meters());
            door.accept(api);
            var http = listening(api, settings);
            sandbox.ifPresent(one -> one.servedAt(address(settings.host(), http.port())));
            if (settings.runsJobs()) {
                jobs.start();
            }
            post.ifPresent(SandboxPost::start);
            return new Server(database, persistence, http, allotment, jobs, post, watch(allotment, settings));
        } catch (RuntimeException e) {
            persistence.close();
            throw e;
        }
    }

    /** What another gateway bills goes on being charged there, and nothing of it is followed. */
    private static void warnOfOthers(JooqPersistence persistence, PaymentGateway gateway) {
        persistence
                .unitOfWork()
                .forPlatform(() -> persistence.subscriptions().findBilledElsewhere(gateway.name()))
                .flatMap(Subscription::billed)
                .ifPresent(by -> LOG.warn(
                        "Payments are taken by {}, and there are subscriptions that {} bills: nothing of them is followed, changed or canceled"
                                + " before a server runs with that.",
                        gateway.name(),
                        by.gateway()));
    }

    private static Jobs jobs(JooqPersistence persistence, Allotment allotment, Settings settings) {
        var jobs = Jobs.over(persistence.schedulingConnections(), allotment);
        settings.signIn().mail().ifPresent(jobs::mail);
        return jobs.build();
    }

    /** Without a mail server the log says which mails wait. */
    private static Optional<MailWatch> watch(Allotment allotment, Settings settings) {
        return settings.signIn().mail().isPresent() ? Optional.empty() : Optional.of(MailWatch.start(allotment));
    }

    private static HttpApi listening(HttpApi.Builder api, Settings settings) {
        try {
            return api.start();
        } catch (RuntimeException e) {
            var place = settings.host() + " port " + settings.port();
            for (Throwable cause = e; cause != null; cause = cause.getCause()) {
                if (cause instanceof BindException) {
                    throw new CommandFailed(
                            "Cannot listen at " + place + ": " + cause.getMessage()
                                    + ". Is another program using the port? Choose another one with --port.",
                            e);
                }
                if (cause instanceof UnresolvedAddressException) {
                    throw new CommandFailed("Cannot listen at " + place + ": no such host.", e);
                }
            }
            throw e;
        }
    }

    /** What is written before paths; every interface is reached as this machine. */
    static String address(String host, int port) {
        var name = host.equals("0.0.0.0") || host.equals("::") ? "127.0.0.1" : host;
        return "http://" + (name.contains(":") ? "[" + name + "]" : name) + ":" + port;
    }

    /** The database must answer; it is asked something that it answers at once. */
    private static Optional<String> unreadiness(Allotment allotment) {
        try {
            allotment.tenants().list(PageRequest.first(1));
            return Optional.empty();
        } catch (Refusal unavailable) {
            return Optional.of(unavailable.getMessage());
        }
    }

    Allotment allotment() {
        return allotment;
    }

    int port() {
        return http.port();
    }

    /** Has the end of the JVM close it: on SIGTERM and Ctrl-C requests under way are answered, and nothing is cut off. */
    void closeWithJvm() {
        database.stoppedByCaller();
        Runtime.getRuntime().addShutdownHook(new Thread(this::close, "stop-server"));
    }

    @Override
    public void close() {
        // Closed from the last to the first, each also when another fails to.
        try (database;
                persistence;
                var watch = mails.orElse(null);
                var post = sandbox.orElse(null);
                jobs;
                http) {
            LOG.info("Stopping: requests under way are answered, then the database is let go.");
        }
        LOG.info("Stopped.");
    }
}
