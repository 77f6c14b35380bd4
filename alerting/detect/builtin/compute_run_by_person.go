package builtin

import (
	"strings"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func computeRunByPerson() *detect.Rule {
	return &detect.Rule{
		ID:         "compute-run-by-person",
		Title:      "ECS, Batch or SageMaker workload started by an unusual user",
		Why:        "Attackers run code under a role of ECS, Batch or SageMaker and come back through it. The user is not known for such calls.",
		Do:         "Ask the user. If it was not them, stop the task, job or notebook and check the role it ran under.",
		Severity:   alert.Low,
		Techniques: []string{"T1525", "T1610", "T1496"},
		Controls:   []string{"NIST CM-7"},
		Events: append(events("ecs", "RegisterTaskDefinition", "RunTask", "ExecuteCommand"), append(events("batch", "RegisterJobDefinition", "SubmitJob"),
			events("sagemaker", "CreateNotebookInstance", "CreateNotebookInstanceLifecycleConfig", "UpdateNotebookInstanceLifecycleConfig",
				"CreatePresignedNotebookInstanceUrl", "CreateTrainingJob", "CreateProcessingJob")...)...),
		NoEnd: misused,
		Match: unlessUsual(notByStack(runCompute)),
		Examples: []detect.Example{
			match("command in a container", "ecs/ExecuteCommand", `{"cluster":"c","task":"t","command":"/bin/sh"}`),
			match("task definition", "ecs/RegisterTaskDefinition", `{"family":"f","taskRoleArn":"arn:aws:iam::111122223333:role/r"}`),
			match("job", "batch/SubmitJob", `{"jobName":"j"}`),
			match("notebook start-up script", "sagemaker/CreateNotebookInstanceLifecycleConfig", `{"notebookInstanceLifecycleConfigName":"n"}`),
			miss("a pipeline", "ecs/RegisterTaskDefinition", `{"family":"f"}`, byRole("deploy", "run-17")),
			miss("task definition without a role", "ecs/RegisterTaskDefinition", `{"family":"f","networkMode":"awsvpc"}`),
			miss("read", "ecs/DescribeTasks", `{}`),
		},
	}
}

// runCompute tells of persons and access keys alone: to start workloads is what pipelines and schedulers are for.
func runCompute(in *detect.Input) *detect.Hit {
	if !byPerson(in.Record) || in.Record.EventName == "RegisterTaskDefinition" && param(in, "taskRoleArn") == "" {
		return nil // a definition without a task role gives its code no rights
	}
	service, _, _ := strings.Cut(in.Record.EventSource, ".")
	hit := tried("called "+in.Record.EventName+" of "+service+" on {}", "family", "taskDefinition", "task", "jobName", "jobDefinitionName",
		"notebookInstanceLifecycleConfigName", "notebookInstanceName", "trainingJobName", "processingJobName")(in)
	switch h, name := in.Facts.History, in.Record.EventName; {
	case strings.Contains(name, "LifecycleConfig"):
		return at(alert.Medium, hit) // its script runs as root at every start
	case strings.HasPrefix(name, "Register") && (h.Learning || !h.Known):
		return at(alert.Info, hit) // a definition runs nothing, and nobody is known to be usual yet
	}
	return hit
}
