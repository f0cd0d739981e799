package strictyaml_test

import (
	"fmt"
	"time"

	"github.com/idharness/harness/internal/strictyaml"
)

func Example() {
	type job struct {
		Name   string        `yaml:"name" required:"true"`
		Every  time.Duration `yaml:"every"`
		Groups []string      `yaml:"groups"`
	}
	file, err := strictyaml.Parse("job.yaml", []byte("name: nightly\nevery: 1d\ngroup: [aws-admins]\n"))
	if err != nil {
		fmt.Println(err)
		return
	}
	var j job
	errs := strictyaml.Decode(file.Root(), &j)
	fmt.Println(j.Name, j.Every)
	fmt.Print(errs.Detail())
	// Output:
	// nightly 24h0m0s
	// unknown key "group"; did you mean "groups"?
	//   --> job.yaml:3:1
	//    |
	//  3 | group: [aws-admins]
	//    | ^
}

func ExampleNode_Interpolate() {
	file, err := strictyaml.Parse("user.yaml", []byte(`{mail: "ana@${domain}", groups: "${groups}"}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	vars := map[string]any{"domain": "contoso.example", "groups": []any{"aws-admins"}}
	root, errs := file.Root().Interpolate(func(name string, _ strictyaml.Position) (any, bool, error) {
		value, ok := vars[name]
		return value, ok, nil
	})
	fmt.Println(root.Any(), len(errs))
	// Output: map[groups:[aws-admins] mail:ana@contoso.example] 0
}
