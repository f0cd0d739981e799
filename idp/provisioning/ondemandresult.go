package provisioning

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// OnDemandResult is what Microsoft Graph's provisionOnDemand answers for an
// object: a stringKeyStringValuePair, both of whose members are JSON in a text.
type OnDemandResult struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// OnDemandResults returns Graph's answers to the request for on-demand
// provisioning whose summary has that cycle id, one for each entry of the log.
func (j *Job) OnDemandResults(cycleID string) ([]OnDemandResult, error) {
	var out []OnDemandResult
	log := j.Log()
	for i := range log {
		e := &log[i]
		if e.CycleID != cycleID {
			continue
		}
		key, err := json.Marshal(e.demandKey())
		if err != nil {
			return nil, fmt.Errorf("writing the result for %s: %w", e.Source, err)
		}
		value, err := json.Marshal(j.demandValue(e))
		if err != nil {
			return nil, fmt.Errorf("writing the result for %s: %w", e.Source, err)
		}
		out = append(out, OnDemandResult{string(key), string(value)})
	}
	return out, nil
}

type demandKey struct {
	Result  string        `json:"result"` // Success, Skipped or Failure
	Details demandDetails `json:"details"`
}

type demandDetails struct {
	ErrorCode    string `json:"errorCode,omitempty"`
	ErrorMessage string `json:"errorMessage,omitempty"`
}

func (e *LogEntry) demandKey() demandKey {
	key := demandKey{Result: capital(e.Status)}
	switch {
	case e.Error == nil:
	case e.Error.Code == codeRedundantExport:
		key.Details = demandDetails{e.Error.Code, fmt.Sprintf("The state of the %s in both the source and target systems already match.", strings.ToLower(string(e.Kind)))}
	default:
		key.Details = demandDetails{e.Error.Code, e.Error.Reason}
	}
	return key
}

// demandValue has its members in the order of Graph's sample.
type demandValue struct {
	Action               string             `json:"action"`
	ChangeID             string             `json:"changeId"`
	EndTime              time.Time          `json:"endTime"`
	ModifiedProperties   []ModifiedProperty `json:"modifiedProperties"`
	Steps                []demandStep       `json:"provisioningSteps"`
	ReportableIdentifier string             `json:"reportableIdentifier"`
	StartTime            time.Time          `json:"startTime"`
	StatusInfo           demandStatus       `json:"statusInfo"`
	SourceIdentity       demandIdentity     `json:"sourceIdentity"`
	SourceSystem         demandSystem       `json:"sourceSystem"`
	TargetIdentity       demandIdentity     `json:"targetIdentity"`
	TargetSystem         demandSystem       `json:"targetSystem"`
}

type demandStep struct {
	Name        string            `json:"name"`
	Type        string            `json:"type"`
	Status      string            `json:"status"`
	Description string            `json:"description"`
	Timestamp   time.Time         `json:"timestamp"`
	Details     map[string]string `json:"details"`
}

type demandStatus struct {
	Status            string  `json:"status"`
	ErrorCode         *string `json:"errorCode"`
	Reason            *string `json:"reason"`
	AdditionalDetails *string `json:"additionalDetails"`
	ErrorCategory     *string `json:"errorCategory"`
	RecommendedAction *string `json:"recommendedAction"`
}

type demandIdentity struct {
	ID          string            `json:"id"`
	Type        string            `json:"type"`
	DisplayName *string           `json:"displayName"`
	Details     map[string]string `json:"details"`
}

type demandSystem struct {
	ID      *string           `json:"id"`
	Name    string            `json:"name"`
	Details map[string]string `json:"details"`
}

func (j *Job) demandValue(e *LogEntry) demandValue {
	summary := j.objectSummary(e, j.named())
	out := demandValue{
		Action: capital(e.Action), ChangeID: e.ChangeID, StartTime: e.Time, EndTime: e.Time.Add(time.Duration(e.Milliseconds) * time.Millisecond),
		ModifiedProperties: summary.ModifiedProperties, Steps: []demandStep{}, ReportableIdentifier: e.Source,
		StatusInfo:     demandStatus{Status: capital(e.Status)},
		SourceIdentity: demandIdentity{ID: summary.SourceIdentity.ID, Type: summary.SourceIdentity.IdentityType},
		SourceSystem:   demandSystem{Name: summary.SourceSystem.DisplayName},
		TargetIdentity: demandIdentity{ID: summary.TargetIdentity.ID, Type: summary.TargetIdentity.IdentityType},
		TargetSystem:   demandSystem{Name: summary.TargetSystem.DisplayName},
	}
	if info := summary.StatusInfo.ErrorInformation; info != nil {
		out.StatusInfo.ErrorCode, out.StatusInfo.Reason = orNull(info.ErrorCode), orNull(info.Reason)
		out.StatusInfo.AdditionalDetails, out.StatusInfo.RecommendedAction = info.AdditionalDetails, info.RecommendedAction
		out.StatusInfo.ErrorCategory = orNull(capital(info.ErrorCategory))
	}
	for i, s := range summary.Steps {
		step := demandStep{s.Name, capital(s.Type), capital(s.Status), s.Description, e.Steps[i].Time, s.Details}
		if s.Type == typeImport { // the object is read, not received as a change
			step.Name = stepImport
			step.Description = fmt.Sprintf("Retrieved %s '%s' from %s", summary.SourceIdentity.IdentityType, e.Source, sourceSystemName)
		}
		out.Steps = append(out.Steps, step)
	}
	return out
}

// capital spells a value of the provisioning log as this answer does.
func capital(value string) string {
	if value == "" {
		return ""
	}
	return strings.ToUpper(value[:1]) + value[1:]
}
