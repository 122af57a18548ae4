package runlog

import "os"

// tryLock takes nothing and says yes: WebAssembly in a page or under Node has
// no locks, and no second process beside it.
func tryLock(*os.File) (taken bool, err error) { return true, nil }

// syncFolder does nothing: WebAssembly cannot open a folder to sync it.
func syncFolder(string) error { return nil }

// noFollow is added to the flags of a file that is opened in a folder: no link
// is followed and no pipe waited for, where the system can.
const noFollow = 0
