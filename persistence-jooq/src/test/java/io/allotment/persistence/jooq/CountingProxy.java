package io.allotment.persistence.jooq;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.atomic.AtomicInteger;

/** Stands between the driver and the server, and counts how often the driver speaks after the server has. */
final class CountingProxy implements AutoCloseable {

    private final ServerSocket door;
    private final String host;
    private final int port;
    private final AtomicInteger trips = new AtomicInteger();

    CountingProxy(String host, int port) {
        this.host = host;
        this.port = port;
        try {
            this.door = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
        start(this::welcome);
    }

    int port() {
        return door.getLocalPort();
    }

    int trips() {
        return trips.get();
    }

    private void welcome() throws IOException {
        while (true) {
            var client = door.accept();
            var server = new Socket(host, port);
            client.setTcpNoDelay(true);
            server.setTcpNoDelay(true);
            // 1 while the driver speaks, 0 while the server does.
            var turns = new AtomicInteger();
            start(() -> pump(client.getInputStream(), server.getOutputStream(), () -> {
                if (turns.getAndSet(1) == 0) {
                    trips.incrementAndGet();
                }
            }));
            start(() -> pump(server.getInputStream(), client.getOutputStream(), () -> turns.set(0)));
        }
    }

    private static void pump(InputStream from, OutputStream to, Runnable spoken) throws IOException {
        var bytes = new byte[1 << 16];
        for (int length = from.read(bytes); length > 0; length = from.read(bytes)) {
            spoken.run();
            to.write(bytes, 0, length);
            to.flush();
        }
    }

    private interface Work {
        void run() throws IOException;
    }

    private static void start(Work work) {
        var thread = new Thread(() -> {
            try {
                work.run();
            } catch (IOException closed) {
                // The end of a connection, or of the test.
            }
        });
        thread.setDaemon(true);
        thread.start();
    }

    @Override
    public void close() throws IOException {
        door.close();
    }
}
