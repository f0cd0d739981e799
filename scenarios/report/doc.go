// Package report writes what came of scenarios for those who read it: people at
// a console, continuous integration, and browsers.
//
// Every writer takes the reports of [scenarios.Run]; [WriteFile] puts what one
// of them writes into a file. Texts that a system under test sent are hostile
// input to all of them: they are escaped as the format demands, and control
// characters never reach a terminal.
package report
