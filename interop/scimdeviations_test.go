package interop

// What the servers make of Entra's requests otherwise than Entra means it, by
// the event after which it shows. docs/scim-servers.md says why.

var scimmyDeviations = []deviations{
	{"initial cycle", "", []string{
		`ben lacks: enterprise.manager.value "ana"`,
		`log: update ben@contoso.example: UnprocessableEntity, status 400`,
	}},
	{"nothing", "", []string{
		`log: update ben@contoso.example: UnprocessableEntity, status 400`,
	}},
	{"attributes changed", "", []string{
		`log: update ben@contoso.example: UnprocessableEntity, status 400`,
	}},
	{"mail changed", "", []string{
		`log: update ben@contoso.example: UnprocessableEntity, status 400`,
	}},
	{"userName changed", "", []string{
		`log: update benjamin@contoso.example: UnprocessableEntity, status 400`,
	}},
	{"manager changed", "", []string{
		`ben lacks: enterprise.manager.value "cara"`,
		`log: update benjamin@contoso.example: UnprocessableEntity, status 400`,
		`no longer: ben lacks: enterprise.manager.value "ana"`,
	}},
	{"disabled", "legacy", []string{
		`ana has: active true`,
		`ana lacks: active false`,
		`log: disable ana@contoso.example: UnprocessableEntity, status 400`,
	}},
	{"enabled", "legacy", []string{
		`no longer: ana has: active true`,
		`no longer: ana lacks: active false`,
	}},
	{"unassigned", "legacy", []string{
		`dan has: active true`,
		`dan lacks: active false`,
		`log: disable dan@contoso.example: UnprocessableEntity, status 400`,
	}},
	{"assigned again", "legacy", []string{
		`no longer: dan has: active true`,
		`no longer: dan lacks: active false`,
	}},
	{"deleted softly", "legacy", []string{
		`cara has: active true`,
		`cara lacks: active false`,
		`log: disable cara@contoso.example: UnprocessableEntity, status 400`,
	}},
	{"purged", "", []string{
		`no longer: ben lacks: enterprise.manager.value "cara"`,
	}},
	{"group deleted", "legacy", []string{
		`ben has: active true`,
		`ben lacks: active false`,
		`log: disable benjamin@contoso.example: UnprocessableEntity, status 400`,
	}},
	{"value added to a list", "", []string{
		`ana lacks: phoneNumbers[work].value "+351 21 000 0003"`,
		`log: update ana@contoso.example: SchemaAttributeNotFound, status 400`,
	}},
	{"value added to a list", "legacy", []string{
		`log: disable benjamin@contoso.example: UnprocessableEntity, status 400`,
	}},
}

var elimityDeviations = []deviations{
	{"initial cycle", "", []string{
		`ben lacks: enterprise.manager.value "ana"`,
		`log: update ben@contoso.example: UnprocessableEntity, status 400`,
	}},
	{"nothing", "", []string{
		`log: update ben@contoso.example: UnprocessableEntity, status 400`,
	}},
	{"attributes changed", "", []string{
		`log: update ben@contoso.example: UnprocessableEntity, status 400`,
	}},
	{"mail changed", "", []string{
		`log: update ben@contoso.example: UnprocessableEntity, status 400`,
	}},
	{"userName changed", "", []string{
		`log: update benjamin@contoso.example: UnprocessableEntity, status 400`,
	}},
	{"manager changed", "", []string{
		`ben lacks: enterprise.manager.value "cara"`,
		`log: update benjamin@contoso.example: UnprocessableEntity, status 400`,
		`no longer: ben lacks: enterprise.manager.value "ana"`,
	}},
	{"disabled", "legacy", []string{
		`ana has: active true`,
		`ana lacks: active false`,
		`log: disable ana@contoso.example: UnprocessableEntity, status 400`,
	}},
	{"enabled", "legacy", []string{
		`no longer: ana has: active true`,
		`no longer: ana lacks: active false`,
	}},
	{"unassigned", "legacy", []string{
		`dan has: active true`,
		`dan lacks: active false`,
		`log: disable dan@contoso.example: UnprocessableEntity, status 400`,
	}},
	{"assigned again", "legacy", []string{
		`no longer: dan has: active true`,
		`no longer: dan lacks: active false`,
	}},
	{"deleted softly", "legacy", []string{
		`cara has: active true`,
		`cara lacks: active false`,
		`log: disable cara@contoso.example: UnprocessableEntity, status 400`,
	}},
	{"purged", "", []string{
		`no longer: ben lacks: enterprise.manager.value "cara"`,
	}},
	{"group deleted", "legacy", []string{
		`ben has: active true`,
		`ben lacks: active false`,
		`log: disable benjamin@contoso.example: UnprocessableEntity, status 400`,
	}},
	{"value added to a list", "legacy", []string{
		`log: disable benjamin@contoso.example: UnprocessableEntity, status 400`,
	}},
}

var jacksonDeviations = []deviations{
	{"initial cycle", "", []string{
		`ben has: urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager "ana"`,
		`ben lacks: enterprise.manager.value "ana"`,
		`cara has: urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department "Platform"`,
		`cara has: urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber "e-cara"`,
		`cara lacks: enterprise.department "Platform"`,
		`cara lacks: enterprise.employeeNumber "e-cara"`,
	}},
	{"initial cycle", "legacy", []string{
		`Platform has: members ""`,
		`Platform lacks: members "ana ben"`,
	}},
	{"attributes changed", "", []string{
		`ben has: enterprise.department "Platform"`,
		`ben has: urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department "Cloud"`,
		`ben lacks: enterprise.department "Cloud"`,
	}},
	{"manager changed", "", []string{
		`ben has: urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager "cara"`,
		`ben lacks: enterprise.manager.value "cara"`,
		`no longer: ben has: urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager "ana"`,
		`no longer: ben lacks: enterprise.manager.value "ana"`,
	}},
	{"disabled", "legacy", []string{
		`ana has: active "False"`,
		`ana has: own.active "False"`,
		`ana lacks: active false`,
		`ana lacks: own.active false`,
	}},
	{"enabled", "legacy", []string{
		`ana has: active "True"`,
		`ana has: own.active "True"`,
		`ana lacks: active true`,
		`ana lacks: own.active true`,
		`no longer: ana has: active "False"`,
		`no longer: ana has: own.active "False"`,
		`no longer: ana lacks: active false`,
		`no longer: ana lacks: own.active false`,
	}},
	{"member added", "legacy", []string{
		`Platform lacks: members "ana ben cara"`,
		`no longer: Platform lacks: members "ana ben"`,
	}},
	{"member removed", "legacy", []string{
		`Platform lacks: members "ben cara"`,
		`no longer: Platform lacks: members "ana ben cara"`,
	}},
	{"group renamed", "legacy", []string{
		`Platform has: displayName "Platform"`,
		`Platform lacks: displayName "Engineering"`,
	}},
	{"unassigned", "legacy", []string{
		`dan has: active "False"`,
		`dan has: own.active "False"`,
		`dan lacks: active false`,
		`dan lacks: own.active false`,
	}},
	{"assigned again", "", []string{
		`dan lacks: active true`,
		`dan lacks: own.active true`,
		`log: create dan@contoso.example: EntryConflict, status 409`,
	}},
	{"assigned again", "legacy", []string{
		`no longer: dan lacks: active false`,
		`no longer: dan lacks: own.active false`,
	}},
	{"assigned again", "compliant", []string{
		`dan has: active false`,
		`dan has: own.active false`,
	}},
	{"renamed to a taken name", "", []string{
		`eve has: addresses[work].locality "Lisboa"`,
		`eve has: displayName "Dan Roth"`,
		`eve has: emails[work].value "dan.roth@contoso.example"`,
		`eve has: externalId "dan"`,
		`eve has: name.familyName "Roth"`,
		`eve has: name.formatted "Dan Roth"`,
		`eve has: name.givenName "Dan"`,
		`eve has: own.email "dan.roth@contoso.example"`,
		`eve has: own.first_name "Dan"`,
		`eve has: own.last_name "Roth"`,
		`eve has: title "Editor"`,
		`eve has: urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department "Platform"`,
		`eve has: urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber "e-dan"`,
		`eve lacks: own.email "eve@contoso.example"`,
		`eve lacks: own.first_name ""`,
		`eve lacks: own.last_name ""`,
		`no log: update eve@contoso.example: EntryConflict, status 409`,
	}},
	{"renamed back", "", []string{
		`eve has: userName "dan@contoso.example"`,
		`eve lacks: userName "eve@contoso.example"`,
	}},
	{"deleted softly", "legacy", []string{
		`cara has: active "False"`,
		`cara has: own.active "False"`,
		`cara lacks: active false`,
		`cara lacks: own.active false`,
	}},
	{"purged", "", []string{
		`Platform lacks: members "ben"`,
		`no longer: ben lacks: enterprise.manager.value "cara"`,
	}},
	{"purged", "legacy", []string{
		`no longer: Platform lacks: members "ben cara"`,
	}},
	{"purged", "compliant", []string{
		`Platform has: members "ben cara"`,
	}},
	{"group deleted", "legacy", []string{
		`ben has: active "False"`,
		`ben has: own.active "False"`,
		`ben lacks: active false`,
		`ben lacks: own.active false`,
	}},
}
