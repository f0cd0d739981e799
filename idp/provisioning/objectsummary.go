package provisioning

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"time"

	"github.com/idharness/harness/idp/directory"
)

// ObjectSummary is a log entry as Microsoft Graph gives it: a
// provisioningObjectSummary of /auditLogs/provisioning, whose JSON form it has.
// The page of the resource calls the member of a status errorInfo, its samples
// errorInformation; this follows the samples.
type ObjectSummary struct {
	ID                     string                `json:"id"`
	ActivityDateTime       time.Time             `json:"activityDateTime"`
	TenantID               string                `json:"tenantId"`
	JobID                  string                `json:"jobId"`
	CycleID                string                `json:"cycleId"`
	ChangeID               string                `json:"changeId"`
	ProvisioningAction     string                `json:"provisioningAction"`
	DurationInMilliseconds int64                 `json:"durationInMilliseconds"`
	StatusInfo             ObjectStatus          `json:"provisioningStatusInfo"`
	Steps                  []ObjectStep          `json:"provisioningSteps"`
	ModifiedProperties     []ModifiedProperty    `json:"modifiedProperties"`
	ServicePrincipal       GraphServicePrincipal `json:"servicePrincipal"`
	SourceSystem           ProvisioningSystem    `json:"sourceSystem"`
	TargetSystem           ProvisioningSystem    `json:"targetSystem"`
	InitiatedBy            ProvisioningInitiator `json:"initiatedBy"`
	SourceIdentity         ProvisionedIdentity   `json:"sourceIdentity"`
	TargetIdentity         ProvisionedIdentity   `json:"targetIdentity"`
}

// ObjectStatus is Graph's provisioningStatusInfo.
type ObjectStatus struct {
	Status           string            `json:"status"`
	ErrorInformation *ErrorInformation `json:"errorInformation"`
}

// ErrorInformation is Graph's provisioningErrorInfo.
type ErrorInformation struct {
	ErrorCode         string  `json:"errorCode"`
	Reason            string  `json:"reason"`
	AdditionalDetails *string `json:"additionalDetails"`
	ErrorCategory     string  `json:"errorCategory"` // failure or nonServiceFailure
	RecommendedAction *string `json:"recommendedAction"`
}

// ObjectStep is Graph's provisioningStep.
type ObjectStep struct {
	Name        string            `json:"name"`
	Type        string            `json:"provisioningStepType"`
	Status      string            `json:"status"`
	Description string            `json:"description"`
	Details     map[string]string `json:"details"`
}

// ModifiedProperty is Graph's modifiedProperty; what has no value is null.
type ModifiedProperty struct {
	DisplayName string  `json:"displayName"`
	OldValue    *string `json:"oldValue"`
	NewValue    *string `json:"newValue"`
}

// GraphServicePrincipal is Graph's provisioningServicePrincipal.
type GraphServicePrincipal struct {
	ID          string `json:"id"`
	DisplayName string `json:"displayName"`
}

// ProvisioningSystem is Graph's provisioningSystem.
type ProvisioningSystem struct {
	ID          string            `json:"id"`
	DisplayName string            `json:"displayName"`
	Details     map[string]string `json:"details"`
}

// ProvisioningInitiator is Graph's initiator.
type ProvisioningInitiator struct {
	ID            string `json:"id"`
	DisplayName   string `json:"displayName"`
	InitiatorType string `json:"initiatorType"`
}

// ProvisionedIdentity is Graph's provisionedIdentity.
type ProvisionedIdentity struct {
	ID           string            `json:"id"`
	DisplayName  string            `json:"displayName"`
	IdentityType string            `json:"identityType"`
	Details      map[string]string `json:"details"`
}

// The names of the two directories. Applications outside the gallery have the
// template's name as that of the target.
const (
	sourceSystemName       = "Microsoft Entra ID"
	customTargetSystemName = "customappsso"
)

// ObjectSummaries returns the provisioning log in Microsoft Graph's form,
// oldest entry first.
func (j *Job) ObjectSummaries() []ObjectSummary {
	log, who := j.Log(), j.named()
	out := make([]ObjectSummary, 0, len(log))
	for i := range log {
		out = append(out, j.objectSummary(&log[i], who))
	}
	return out
}

func (j *Job) objectSummary(e *LogEntry, who identity) ObjectSummary {
	target := customTargetSystemName
	if j.cfg.Template == TemplateAWS {
		target = who.application
	}
	principal := GraphServicePrincipal{ID: derivedID(who.id, "servicePrincipal"), DisplayName: who.application}
	kind, targetType := "User", schemaEnterprise
	if e.Kind == directory.KindGroup {
		kind, targetType = "Group", schemaGroup
	}
	out := ObjectSummary{
		ID: e.ID, ActivityDateTime: e.Time, TenantID: who.tenantID, JobID: who.id, CycleID: e.CycleID, DurationInMilliseconds: e.Milliseconds, ChangeID: e.ChangeID,
		ProvisioningAction: strings.ToLower(e.Action), StatusInfo: e.statusInfo(),
		Steps: []ObjectStep{}, ModifiedProperties: []ModifiedProperty{}, ServicePrincipal: principal,
		SourceSystem: ProvisioningSystem{derivedID(who.id, "source"), sourceSystemName, map[string]string{}},
		TargetSystem: ProvisioningSystem{derivedID(who.id, "target"), target, map[string]string{
			"ApplicationId": j.cfg.ApplicationID, "ServicePrincipalId": principal.ID, "ServicePrincipalDisplayName": principal.DisplayName,
		}},
		InitiatedBy:    ProvisioningInitiator{DisplayName: e.Initiator, InitiatorType: "system"},
		SourceIdentity: ProvisionedIdentity{e.SourceID, e.Source, kind, map[string]string{}},
		TargetIdentity: ProvisionedIdentity{e.targetID(), "", targetType, map[string]string{}},
	}
	for _, s := range e.Steps {
		out.Steps = append(out.Steps, e.graphStep(s, kind, target))
	}
	for _, m := range e.Modified {
		out.ModifiedProperties = append(out.ModifiedProperties, ModifiedProperty{m.Name, orNull(m.Old), orNull(m.New)})
	}
	return out
}

// statusInfo has an error for what failed and what was kept out. Equal objects
// have none, as in the sample of provisionOnDemand; the step says why they
// were skipped.
func (e *LogEntry) statusInfo() ObjectStatus {
	info := ObjectStatus{Status: e.Status}
	if e.Error == nil || e.Error.Code == codeRedundantExport {
		return info
	}
	category := "nonServiceFailure"
	if e.Error.Code == codeInternalError {
		category = "failure"
	}
	info.ErrorInformation = &ErrorInformation{
		ErrorCode: e.Error.Code, Reason: e.Error.Reason, ErrorCategory: category, RecommendedAction: orNull(e.Error.Action),
	}
	if e.Error.Code == codeNotEntitled {
		info.ErrorInformation.AdditionalDetails = e.scopeDetails()
	}
	return info
}

// scopeDetails are the conditions of the scope in one line.
func (e *LogEntry) scopeDetails() *string {
	for _, s := range e.Steps {
		if s.Type != typeScoping {
			continue
		}
		var parts []string
		for _, name := range []string{"IsActive", "Assigned", "IsInProvisioningScope", "ScopeEvaluationResult"} {
			if value := s.Details[name]; value != "" {
				parts = append(parts, name+"="+value)
			}
		}
		return orNull(strings.Join(parts, ", "))
	}
	return nil
}

// targetID is the object's id in the target, where it has one.
func (e *LogEntry) targetID() string {
	switch {
	case e.Action == ActionCreate:
		if e.Status == StatusSuccess {
			return e.Target
		}
		return ""
	case e.Action != ActionOther:
		return e.Target
	case e.Error != nil && (e.Error.Code == codeRedundantExport || e.Error.Code == codeDuplicateSource):
		return e.Target
	default:
		return ""
	}
}

// graphStep gives a step the name and description of Graph's samples. Those of
// updates and deletes follow the samples of additions.
func (e *LogEntry) graphStep(s Step, kind, target string) ObjectStep {
	out := ObjectStep{Name: s.Name, Type: s.Type, Status: s.Status, Description: s.Description, Details: map[string]string{}}
	for name, value := range s.Details {
		out.Details[name] = value
	}
	object := kind + " '" + e.Source + "'"
	change := e.change()
	switch {
	case s.Type == typeImport:
		out.Name = stepImport + change
		out.Description = fmt.Sprintf("Received %s change of type (%s) from %s", object, change, sourceSystemName)
	case s.Type == typeScoping:
		out.Description = "Determine if " + kind + " in scope by evaluating against each scoping filter"
		if out.Details["ScopeEvaluationResult"] == "" {
			out.Details["ScopeEvaluationResult"] = "{}"
		}
	case s.Name == stepMatchAdd && s.Status == StatusSuccess:
		out.Description = fmt.Sprintf("%s will be created in %s (%s is active and assigned in %s, but no matching %s was found in %s)",
			object, target, kind, sourceSystemName, kind, target)
	case s.Name == stepSkip && s.Details["SkipReason"] == codeRedundantExport:
		out.Description = fmt.Sprintf("The state of the %s in both the source and target systems already match. No change to the %s currently needs to be made.", strings.ToLower(kind), object)
	case strings.HasPrefix(s.Name, "EntryExport"):
		out.Description = exported(s, object, target)
		out.Details["ReportableIdentifier"] = e.Source
	}
	return out
}

// change is what the source reports of an object: a new one, another, or none
// any more. Disabling is a change of an object that is still there.
func (e *LogEntry) change() string {
	if len(e.Steps) > 0 && e.Steps[0].Type == typeImport && len(e.Steps[0].Details) == 0 {
		return "Delete"
	}
	switch {
	case e.Action == ActionCreate, e.Action == ActionOther && (e.Error == nil || e.Error.Code != codeRedundantExport):
		return "Add"
	default:
		return "Update"
	}
}

func exported(s Step, object, target string) string {
	verbs := map[string][2]string{
		stepExportAdd: {"create", "created"}, stepExportUpdate: {"update", "updated"}, stepExportDelete: {"delete", "deleted"},
	}
	if s.Status == StatusSuccess {
		return fmt.Sprintf("%s was %s in %s", object, verbs[s.Name][1], target)
	}
	return fmt.Sprintf("Failed to %s %s in %s", verbs[s.Name][0], object, target)
}

func orNull(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// derivedID makes an id of the job's own, the same in every run.
func derivedID(job, part string) string {
	sum := sha256.Sum256([]byte(job + " " + part))
	sum[6], sum[8] = sum[6]&0x0f|0x40, sum[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", sum[:4], sum[4:6], sum[6:8], sum[8:10], sum[10:16])
}
