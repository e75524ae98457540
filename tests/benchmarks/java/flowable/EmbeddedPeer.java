import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.flowable.common.engine.impl.history.HistoryLevel;
import org.flowable.engine.ProcessEngine;
import org.flowable.engine.impl.cfg.StandaloneProcessEngineConfiguration;
import org.flowable.task.api.TaskInfo;

/** Flowable in this process, with full history. */
public final class EmbeddedPeer implements Peer {
    private final ProcessEngine engine;

    public EmbeddedPeer(String url, int connections) {
        StandaloneProcessEngineConfiguration configuration = new StandaloneProcessEngineConfiguration();
        configuration.setJdbcUrl(url);
        configuration.setJdbcDriver("org.postgresql.Driver");
        configuration.setJdbcUsername("alur");
        configuration.setJdbcPassword("");
        configuration.setJdbcMaxActiveConnections(connections);
        configuration.setJdbcMaxIdleConnections(connections);
        configuration.setDatabaseSchemaUpdate("true");
        configuration.setHistoryLevel(HistoryLevel.FULL);
        configuration.setAsyncExecutorActivate(false);
        engine = configuration.buildProcessEngine();
    }

    @Override
    public void deploy(Path model) throws Exception {
        String text = Files.readString(model);
        engine.getRepositoryService().createDeployment().addString(model.getFileName().toString(), text).deploy();
    }

    @Override
    public String start(String process, Map<String, Object> variables) {
        var started = engine.getRuntimeService().startProcessInstanceByKey(process, variables);
        return started.isEnded() ? null : started.getId();
    }

    @Override
    public List<String> openTasks(String instance) {
        var query = engine.getTaskService().createTaskQuery().processInstanceId(instance);
        return query.list().stream().map(TaskInfo::getId).toList();
    }

    @Override
    public void complete(String task, Map<String, Object> variables) {
        engine.getTaskService().complete(task, variables);
    }
}
