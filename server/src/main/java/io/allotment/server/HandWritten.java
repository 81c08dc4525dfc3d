package io.allotment.server;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.random.RandomGenerator;
import javax.sql.DataSource;

/** What Allotment is measured against: credits kept by a few statements of one's own, in tables that are gone when closed. */
final class HandWritten implements AutoCloseable {

    private static final int WAIT_MILLIS = 60_000;

    private final DataSource owner;
    private final HikariDataSource pool;
    private int accounts;

    private HandWritten(DataSource owner, HikariDataSource pool) {
        this.owner = owner;
        this.pool = pool;
    }

    /** @param connections of the pool that its operations take turns on */
    static HandWritten on(DataSource owner, int connections) {
        try {
            execute(owner, "create schema allotment_bench");
        } catch (CommandFailed there) {
            throw new CommandFailed(
                    "The schema allotment_bench cannot be made: " + there.getMessage()
                            + " Where a measurement that was killed left it, drop it and measure again.",
                    there);
        }
        var config = new HikariConfig();
        config.setPoolName("allotment_bench");
        config.setDataSource(owner);
        config.setMaximumPoolSize(connections);
        // Many callers on few connections is what is measured here, and no failure.
        config.setConnectionTimeout(WAIT_MILLIS);
        return new HandWritten(owner, new HikariDataSource(config));
    }

    /** Begins anew with so many accounts, which can pay for longer than anybody measures. */
    void open(int count) {
        execute(owner, """
                drop table if exists allotment_bench.accounts, allotment_bench.entries;
                create table allotment_bench.accounts (id int primary key, balance numeric not null);
                create table allotment_bench.entries (
                    id bigint generated always as identity primary key,
                    account_id int not null,
                    amount numeric not null,
                    balance_after numeric not null,
                    created_at timestamptz not null default now());
                insert into allotment_bench.accounts
                    select id, 100000000000000000 from generate_series(0, %d) as id;
                """.formatted(count - 1));
        accounts = count;
    }

    /** The least that a durable operation can be: one row changed by one statement, committed by itself. */
    void update(RandomGenerator random) {
        try (var connection = pool.getConnection();
                var update = connection.prepareStatement(
                        "update allotment_bench.accounts set balance = balance - 1 where id = ?")) {
            update.setInt(1, random.nextInt(accounts));
            requireOne(update.executeUpdate());
        } catch (SQLException e) {
            throw failed(e);
        }
    }

    /** What is often written: lock the row, look, draw, write it down, commit. */
    void selectForUpdate(RandomGenerator random) {
        try (var connection = pool.getConnection()) {
            connection.setAutoCommit(false);
            try {
                draw(connection, random.nextInt(accounts));
                connection.commit();
            } catch (SQLException | RuntimeException e) {
                connection.rollback();
                throw e;
            }
        } catch (SQLException e) {
            throw failed(e);
        }
    }

    private static void draw(Connection connection, int account) throws SQLException {
        try (var select = connection.prepareStatement(
                        "select balance from allotment_bench.accounts where id = ? for update");
                var update =
                        connection.prepareStatement("update allotment_bench.accounts set balance = ? where id = ?");
                var insert = connection.prepareStatement(
                        "insert into allotment_bench.entries (account_id, amount, balance_after) values (?, ?, ?)")) {
            select.setInt(1, account);
            BigDecimal left;
            try (var row = select.executeQuery()) {
                row.next();
                left = row.getBigDecimal(1).subtract(BigDecimal.ONE);
            }
            if (left.signum() < 0) {
                throw new CommandFailed("An account of the hand-written tables has run dry.");
            }
            update.setBigDecimal(1, left);
            update.setInt(2, account);
            requireOne(update.executeUpdate());
            insert.setInt(1, account);
            insert.setBigDecimal(2, BigDecimal.ONE.negate());
            insert.setBigDecimal(3, left);
            requireOne(insert.executeUpdate());
        }
    }

    /** The least that a check can be: one row read. */
    void select(RandomGenerator random) {
        try (var connection = pool.getConnection();
                var select = connection.prepareStatement("select balance from allotment_bench.accounts where id = ?")) {
            select.setInt(1, random.nextInt(accounts));
            try (var row = select.executeQuery()) {
                requireOne(row.next() ? 1 : 0);
            }
        } catch (SQLException e) {
            throw failed(e);
        }
    }

    private static void requireOne(int rows) {
        if (rows != 1) {
            throw new CommandFailed("A hand-written statement met " + rows + " rows instead of one.");
        }
    }

    private static CommandFailed failed(SQLException e) {
        return new CommandFailed("The database refused a hand-written statement: " + e.getMessage(), e);
    }

    private static void execute(DataSource owner, String sql) {
        try (var connection = owner.getConnection();
                var statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            throw failed(e);
        }
    }

    /** Drops the tables. */
    @Override
    public void close() {
        pool.close();
        execute(owner, "drop schema if exists allotment_bench cascade");
    }
}
