package io.allotment.server.prove;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/**
 * Stands between a client and PostgreSQL, on the loopback address alone: passes everything on, cuts connections around
 * their COMMIT as it is told, and counts which errors the server gave. The client must not ask for TLS.
 */
final class FaultProxy implements AutoCloseable {

    private static final int BACKLOG = 100;

    private static final Map<String, Fault> COUNTED = Map.of(
            "40P01", Fault.DEADLOCK,
            "40001", Fault.SERIALIZATION_FAILURE,
            "55P03", Fault.LOCK_TIMEOUT,
            "25006", Fault.READ_ONLY);

    private final SocketAddress target;
    private final Findings findings;
    private final Supplier<Optional<Fault>> cuts;
    private final ServerSocket listening;
    private final Set<Link> links = ConcurrentHashMap.newKeySet();

    /** @param cuts asked at each COMMIT which cut is to be made, if any */
    FaultProxy(InetSocketAddress target, Findings findings, Supplier<Optional<Fault>> cuts) {
        this.target = target;
        this.findings = findings;
        this.cuts = cuts;
        try {
            listening = new ServerSocket(0, BACKLOG, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new IllegalStateException("No port can be listened on", e);
        }
        start("accept", this::accept);
    }

    int port() {
        return listening.getLocalPort();
    }

    private void accept() throws IOException {
        while (true) {
            var client = listening.accept();
            try {
                var server = new Socket();
                server.connect(target);
                var link = new Link(client, server);
                links.add(link);
                start("to-server", link::toServer);
                start("to-client", link::toClient);
            } catch (IOException away) {
                // The client sees what it would see of a server that is away.
                client.close();
            }
        }
    }

    /** Work that ends when its sockets do. */
    private interface Pumping {
        void run() throws IOException;
    }

    private static void start(String name, Pumping work) {
        var thread = new Thread(
                () -> {
                    try {
                        work.run();
                    } catch (IOException closed) {
                        // This is how it ends.
                    }
                },
                "fault-proxy-" + name);
        thread.setDaemon(true);
        thread.start();
    }

    private static DataInputStream in(Socket socket) throws IOException {
        return new DataInputStream(new BufferedInputStream(socket.getInputStream(), 1 << 14));
    }

    private static DataOutputStream out(Socket socket) throws IOException {
        socket.setTcpNoDelay(true);
        return new DataOutputStream(new BufferedOutputStream(socket.getOutputStream(), 1 << 14));
    }

    /** One client's connection, and the one to the server that is made for it. */
    private final class Link {

        private final Socket client;
        private final Socket server;
        private final Commits commits = new Commits();
        /** The next word of a commit is not passed on. */
        private volatile boolean silent;

        Link(Socket client, Socket server) {
            this.client = client;
            this.server = server;
        }

        void toServer() throws IOException {
            try (client;
                    server) {
                var in = in(client);
                var out = out(server);
                WireMessage.first(in).writeTo(out);
                out.flush();
                var cut = Optional.<Fault>empty();
                while (true) {
                    var message = WireMessage.next(in);
                    if (cut.isEmpty() && commits.isCommit(message)) {
                        cut = cuts.get();
                        if (cut.filter(Fault.CUT_BEFORE_COMMIT::equals).isPresent()) {
                            findings.struck(Fault.CUT_BEFORE_COMMIT);
                            return;
                        }
                        silent = cut.filter(Fault.CUT_AFTER_COMMIT::equals).isPresent();
                    }
                    message.writeTo(out);
                    boolean complete = message.is('S') || message.is('Q');
                    if (complete || in.available() == 0) {
                        out.flush();
                    }
                    if (complete && cut.filter(Fault.CUT_DURING_COMMIT::equals).isPresent()) {
                        findings.struck(Fault.CUT_DURING_COMMIT);
                        return;
                    }
                }
            } finally {
                links.remove(this);
            }
        }

        void toClient() throws IOException {
            try (client;
                    server) {
                var in = in(server);
                var out = out(client);
                while (true) {
                    var message = WireMessage.next(in);
                    if (silent && Commits.isCommitted(message)) {
                        findings.struck(Fault.CUT_AFTER_COMMIT);
                        return;
                    }
                    message.sqlState().map(COUNTED::get).ifPresent(findings::struck);
                    message.writeTo(out);
                    if (in.available() == 0) {
                        out.flush();
                    }
                }
            }
        }

        void close() throws IOException {
            client.close();
            server.close();
        }
    }

    @Override
    public void close() {
        try {
            listening.close();
            for (var link : links) {
                link.close();
            }
        } catch (IOException e) {
            throw new IllegalStateException("A proxy does not close", e);
        }
    }
}
