import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.operaton.bpm.engine.ProcessEngine;
import org.operaton.bpm.engine.impl.cfg.ProcessEngineConfigurationImpl;
import org.operaton.bpm.engine.impl.cfg.StandaloneProcessEngineConfiguration;
import org.operaton.bpm.engine.task.Task;

/** Operaton in this process, with full history. */
public final class EmbeddedPeer implements Peer {
    private final ProcessEngine engine;

    public EmbeddedPeer(String url, int connections) {
        ProcessEngineConfigurationImpl configuration = new StandaloneProcessEngineConfiguration();
        configuration.setJdbcUrl(url);
        configuration.setJdbcDriver("org.postgresql.Driver");
        configuration.setJdbcUsername("alur");
        configuration.setJdbcPassword("");
        configuration.setJdbcMaxActiveConnections(connections);
        configuration.setJdbcMaxIdleConnections(connections);
        configuration.setDatabaseSchemaUpdate("true");
        configuration.setHistory("full");
        configuration.setEnforceHistoryTimeToLive(false);
        configuration.setJobExecutorActivate(false);
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
        return query.list().stream().map(Task::getId).toList();
    }

    @Override
    public void complete(String task, Map<String, Object> variables) {
        engine.getTaskService().complete(task, variables);
    }
}
