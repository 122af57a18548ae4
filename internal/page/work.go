//go:build js

package page

import (
	"context"
	"encoding/json"
	"syscall/js"
)

// Work answers the requests of a worker of the browser, one after the other: the
// function muflowAsk of the global scope takes the JSON of a request and a
// function to be called with the JSON of its answer. It does not return. A
// request is cancelled by ending the worker.
func Work(ask Ask) {
	js.Global().Set("muflowAsk", js.FuncOf(func(_ js.Value, args []js.Value) any {
		text, done := args[0].String(), args[1]
		go func() {
			a := Answer{Code: 2}
			if r, err := ParseRequest([]byte(text)); err != nil {
				a.Err = "verify: " + err.Error() + "\n"
			} else {
				a = ask(context.Background(), r)
			}
			out, err := json.Marshal(a)
			if err != nil {
				panic(err) // of texts and a number
			}
			done.Invoke(string(out))
		}()
		return nil
	}))
	js.Global().Call("muflowReady")
	select {}
}
