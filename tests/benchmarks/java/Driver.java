import com.sun.management.OperatingSystemMXBean;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;

/**
 * Acts of an engine of this JVM: java Driver URL CONNECTIONS, then a request a line, answered by a line of JSON.
 *
 * A request has tabs between its words: MODEL PROCESS TASKS CLIENTS SECONDS INSTANCES [NAME KIND VALUE]...
 * Every client, a thread, runs instances of PROCESS one after the other until SECONDS are over or it has run INSTANCES.
 * Each has TASKS tasks to complete, or -1 if it never ends; then INSTANCES counts acts. The first instance of a client
 * is not measured.
 */
public final class Driver {
    private static final Map<String, Object> GIVEN = Map.of("n", 1);
    private static final OperatingSystemMXBean SYSTEM =
            (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

    public static void main(String[] arguments) throws Exception {
        Peer peer = new EmbeddedPeer(arguments[0], Integer.parseInt(arguments[1]));
        Set<String> deployed = new HashSet<>();
        BufferedReader requests = new BufferedReader(new InputStreamReader(System.in));
        System.out.println("{\"ready\": true}");
        for (String line = requests.readLine(); line != null; line = requests.readLine()) {
            Request request = Request.of(line.split("\t", -1));
            if (deployed.add(request.process)) {
                peer.deploy(request.model);
            }
            System.out.println(measured(peer, request));
        }
    }

    private record Request(
            Path model, String process, int tasks, int clients, double seconds, int instances, Map<String, Object> data) {
        static Request of(String[] words) {
            Map<String, Object> data = new HashMap<>();
            for (int index = 6; index + 2 < words.length; index += 3) {
                data.put(words[index], value(words[index + 1], words[index + 2]));
            }
            return new Request(
                    Path.of(words[0]),
                    words[1],
                    Integer.parseInt(words[2]),
                    Integer.parseInt(words[3]),
                    Double.parseDouble(words[4]),
                    Integer.parseInt(words[5]),
                    data);
        }

        private static Object value(String kind, String text) {
            return switch (kind) {
                case "text" -> text;
                case "number" -> Integer.valueOf(text);
                case "boolean" -> Boolean.valueOf(text);
                case "numbers" -> Arrays.stream(text.split(","))
                        .map(Integer::valueOf)
                        .collect(Collectors.toCollection(ArrayList::new));
                default -> throw new IllegalArgumentException("Expected a kind of variable, found " + kind);
            };
        }
    }

    private static String measured(Peer peer, Request request) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(request.clients);
        try {
            List<Client> clients = new ArrayList<>();
            for (int number = 0; number < request.clients; number++) {
                clients.add(new Client(peer, request));
            }
            await(threads, clients, Client::warmUp);
            long cpu = SYSTEM.getProcessCpuTime();
            long begun = System.nanoTime();
            await(threads, clients, Client::run);
            double seconds = (System.nanoTime() - begun) / 1e9;
            return json(clients, seconds, (SYSTEM.getProcessCpuTime() - cpu) / 1e9);
        } finally {
            threads.shutdownNow();
        }
    }

    private interface Part {
        void of(Client client);
    }

    private static void await(ExecutorService threads, List<Client> clients, Part part) throws Exception {
        List<Callable<Void>> parts = new ArrayList<>();
        for (Client client : clients) {
            parts.add(() -> {
                part.of(client);
                return null;
            });
        }
        for (Future<Void> each : threads.invokeAll(parts)) {
            each.get();
        }
    }

    private static String json(List<Client> clients, double seconds, double cpu) {
        int instances = clients.stream().mapToInt(client -> client.instances).sum();
        String durations = clients.stream()
                .flatMap(client -> client.durations.stream())
                .map(each -> String.format("%.6f", each / 1e9))
                .collect(Collectors.joining(","));
        String numbers = String.format("\"seconds\": %.6f, \"instances\": %d, \"cpu_s\": %.6f", seconds, instances, cpu);
        return "{" + numbers + ", \"durations\": [" + durations + "]}";
    }

    /** One client, which acts in a thread. */
    private static final class Client {
        private final Peer peer;
        private final Request request;
        private final List<Long> durations = new ArrayList<>();
        private int instances = 0;
        private String instance = null;
        private int left = 0;
        private List<String> open = new LinkedList<>();

        Client(Peer peer, Request request) {
            this.peer = peer;
            this.request = request;
        }

        void warmUp() {
            do {
                act();
            } while (left > 0);
            instances = 0;
        }

        void run() {
            long end = System.nanoTime() + (long) (request.seconds * 1e9);
            long begin = System.nanoTime();
            while (begin < end && !isEnough()) {
                act();
                long now = System.nanoTime();
                durations.add(now - begin);
                begin = now;
            }
        }

        private boolean isEnough() {
            return left < 0 ? durations.size() >= request.instances : left == 0 && instances >= request.instances;
        }

        private void act() {
            if (left == 0) {
                start();
            } else {
                complete();
            }
        }

        private void start() {
            instance = peer.start(request.process, request.data);
            instances++;
            left = request.tasks;
            look();
        }

        private void complete() {
            peer.complete(open.remove(0), GIVEN);
            left -= left > 0 ? 1 : 0;
            if (open.isEmpty()) {
                look();
            }
        }

        /** Ask for the open tasks, as a client must who wants to go on. The last act of an instance needs no look. */
        private void look() {
            if (left == 0) {
                return;
            }
            open = new LinkedList<>(instance == null ? List.of() : peer.openTasks(instance));
            if (open.isEmpty()) {
                throw new IllegalStateException("Expected an open task of " + request.process + ", found none");
            }
        }
    }
}
