package io.allotment.persistence.jooq;

import com.zaxxer.hikari.HikariDataSource;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.UnitOfWork;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jooq.ConnectionProvider;
import org.jooq.DSLContext;

/**
 * Units of work on a connection bound to the thread: the only place that begins, commits and rolls back. Repositories
 * reach the present unit's connection through it as a {@link ConnectionProvider}.
 */
final class JooqUnits implements UnitOfWork, ConnectionProvider {

    private final HikariDataSource app;
    private final HikariDataSource platform;
    private final ThreadLocal<Unit> present = new ThreadLocal<>();

    /** One open unit. */
    private static final class Unit {
        private final Scope scope;
        private final Connection connection;
        /** What tells the database whose unit it is, until it has been told: so long nothing was done. */
        private List<Statement> entering;

        private Throwable failure;

        private Unit(Scope scope, Connection connection, List<Statement> entering) {
            this.scope = scope;
            this.connection = connection;
            this.entering = entering;
        }
    }

    /** Whose unit it is: some tenants', or the platform's, which has none. */
    private record Scope(SortedSet<UUID> tenants) {

        static Scope of(Collection<TenantId> tenants) {
            if (tenants.isEmpty()) {
                throw new IllegalArgumentException("a unit of work needs a tenant");
            }
            return new Scope(tenants.stream().map(TenantId::value).collect(Collectors.toCollection(TreeSet::new)));
        }

        /** SET LOCAL rather than set_config(): on Citus only the first reaches the workers. The text holds UUIDs alone. */
        String setting() {
            return tenants.stream()
                    .map(UUID::toString)
                    .collect(Collectors.joining(",", "set local allotment.tenant_ids = '{", "}'"));
        }

        /** The same as a text that is the same for all tenants, so that the driver prepares it once. */
        Statement entering() {
            return Statement.command("select allotment.enter_tenants(?)", (Object) tenants.toArray(new UUID[0]));
        }

        @Override
        public String toString() {
            return tenants.isEmpty() ? "the platform" : "the tenants " + tenants;
        }
    }

    private static final Statement AS_OF_ONE_MOMENT =
            Statement.command("set transaction isolation level repeatable read");

    private static final Statement COMMIT = Statement.command("commit");

    private static final Scope PLATFORM = new Scope(new TreeSet<>());

    /** The data sources give connections that do not commit by themselves. */
    JooqUnits(HikariDataSource app, HikariDataSource platform) {
        this.app = app;
        this.platform = platform;
    }

    @Override
    public <T> T forTenant(TenantId tenant, Supplier<T> work) {
        return in(Scope.of(Set.of(tenant)), work);
    }

    @Override
    public <T> T forPlatform(Supplier<T> work) {
        return in(PLATFORM, work);
    }

    @Override
    public boolean isOpen() {
        return present.get() != null;
    }

    private <T> T in(Scope scope, Supplier<T> work) {
        var outer = present.get();
        if (outer != null) {
            return join(outer, scope, work);
        }
        try {
            return begin(new Unit(scope, entered(scope), List.of()), work);
        } catch (SQLException failure) {
            throw SqlErrors.translated(failure);
        }
    }

    /**
     * For the gate's store alone: a unit of several tenants, which begins with {@link #run} or {@link #runAndCommit}. The database is told the
     * tenants in that same round trip; where the connection turns out to have died in the pool, nothing was done, and it
     * begins again on another.
     */
    <T> T forTenants(Collection<TenantId> tenants, Supplier<T> work) {
        var scope = Scope.of(tenants);
        return forGate(scope, List.of(scope.entering()), work);
    }

    /** The same for reading alone: all that it reads is of one moment. */
    <T> T forReading(Collection<TenantId> tenants, Supplier<T> work) {
        var scope = Scope.of(tenants);
        return forGate(scope, List.of(AS_OF_ONE_MOMENT, scope.entering()), work);
    }

    private <T> T forGate(Scope scope, List<Statement> entering, Supplier<T> work) {
        var outer = present.get();
        if (outer != null) {
            return join(outer, scope, work);
        }
        for (int left = app.getMaximumPoolSize(); ; left--) {
            var unit = new Unit(scope, connection(app), entering);
            try {
                return begin(unit, work);
            } catch (RuntimeException failure) {
                if (left == 0 || unit.entering.isEmpty() || !SqlErrors.isLost(failure)) {
                    throw failure;
                }
            }
        }
    }

    private static Connection connection(HikariDataSource pool) {
        try {
            return pool.getConnection();
        } catch (SQLException failure) {
            throw SqlErrors.translated(failure);
        }
    }

    /** Runs the statements in the present unit, after those that a unit of the gate has to begin with. */
    void run(DSLContext db, RoundTrip statements) {
        var unit = present();
        statements.begin(unit.entering).run(db);
        unit.entering = List.of();
    }

    /**
     * The same, and commits in that same round trip: the last that the unit does. Where the connection is lost nobody knows whether
     * it did, so that this is not tried again here.
     */
    void runAndCommit(DSLContext db, RoundTrip statements) {
        var unit = present();
        statements.begin(unit.entering).add(COMMIT);
        unit.entering = List.of();
        statements.run(db);
    }

    private static <T> T join(Unit outer, Scope scope, Supplier<T> work) {
        if (!outer.scope.equals(scope)) {
            outer.failure = new IllegalStateException(
                    "A unit of work for " + scope + " was opened inside one for " + outer.scope + ".");
            throw (IllegalStateException) outer.failure;
        }
        try {
            return work.get();
        } catch (RuntimeException | Error failure) {
            outer.failure = failure;
            throw failure;
        }
    }

    private <T> T begin(Unit unit, Supplier<T> work) {
        try (var connection = unit.connection) {
            present.set(unit);
            try {
                var result = work.get();
                requireNoFailure(unit, "The unit of work was rolled back because something inside it failed.");
                connection.commit();
                return result;
            } catch (RuntimeException | Error | SQLException failure) {
                rollback(connection, failure);
                throw failure;
            } finally {
                present.remove();
            }
        } catch (SQLException | RuntimeException failure) {
            throw SqlErrors.translated(failure);
        }
    }

    /** A unit of one tenant over a transaction that somebody else began and ends; see {@link CallersTransaction}. */
    <T> T over(Connection connection, TenantId tenant, Supplier<T> work) {
        if (isOpen()) {
            throw new IllegalStateException("This thread is inside a unit of work already.");
        }
        var unit = new Unit(Scope.of(Set.of(tenant)), connection, List.of());
        try (var entered = CallersTransaction.enter(connection, unit.scope.setting())) {
            present.set(unit);
            try {
                var result = work.get();
                requireNoFailure(unit, "Something inside the unit of work failed: roll the transaction back.");
                return result;
            } finally {
                present.remove();
            }
        } catch (SQLException | RuntimeException failure) {
            throw SqlErrors.translated(failure);
        }
    }

    private static void requireNoFailure(Unit unit, String message) {
        if (unit.failure != null) {
            throw new IllegalStateException(message, unit.failure);
        }
    }

    /**
     * A connection in a transaction of the scope. Connections that died in the pool are noticed here, before any work, and
     * others taken instead: after an outage the first request works again.
     */
    private Connection entered(Scope scope) throws SQLException {
        var pool = scope == PLATFORM ? platform : app;
        for (int left = pool.getMaximumPoolSize(); ; left--) {
            var connection = pool.getConnection();
            try (var statement = connection.createStatement()) {
                statement.execute(scope.setting());
                return connection;
            } catch (SQLException failure) {
                connection.close();
                if (left == 0 || !SqlErrors.isPassing(failure)) {
                    throw failure;
                }
            }
        }
    }

    private static void rollback(Connection connection, Throwable failure) {
        try {
            connection.rollback();
        } catch (SQLException alsoFailed) {
            failure.addSuppressed(alsoFailed);
        }
    }

    /** Lets the present unit's statements take hours: for the platform's work that reads whole tables. */
    void takeTime() {
        try {
            acquire().setNetworkTimeout(Runnable::run, (int) Duration.ofHours(4).toMillis());
        } catch (SQLException failure) {
            throw SqlErrors.translated(failure);
        }
    }

    /** Refuses in a tenant's unit, where row-level security would answer as if there were nothing. */
    void requirePlatform(String what) {
        if (present().scope != PLATFORM) {
            throw new IllegalStateException(what + " is for the platform's unit of work alone");
        }
    }

    @Override
    public Connection acquire() {
        return present().connection;
    }

    private Unit present() {
        var unit = present.get();
        if (unit == null) {
            throw new IllegalStateException("Repositories are used inside a unit of work.");
        }
        return unit;
    }

    @Override
    public void release(Connection connection) {
        // The unit closes its connection when it ends.
    }
}
