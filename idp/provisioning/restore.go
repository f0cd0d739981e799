package provisioning

// RestoreDefaultMappings sets mappings, target attributes, scoping filters and
// target object actions back to those of a new application, and has everything
// evaluated again even where nothing changes by it ("Customize user
// provisioning attribute-mappings", restoring the default attributes and
// attribute-mappings).
func (j *Job) RestoreDefaultMappings() error {
	settings := j.Settings()
	settings.Users, settings.Groups = UserSettings{}, GroupSettings{}
	if err := j.Configure(settings); err != nil {
		return err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.hasWatermark = false
	j.generation++
	j.quarantine = nil
	return nil
}
