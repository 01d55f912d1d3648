package main

import (
	"html/template"
	"log"
	"net/http"
	"path/filepath"
)

// newHandler reads the templates of one folder, and serves the files of the other.
func newHandler(templates, static string) (http.Handler, error) {
	pages, err := template.ParseGlob(filepath.Join(templates, "*.html"))
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		if err := pages.ExecuteTemplate(w, "index.html", map[string]string{"Version": version}); err != nil {
			log.Print(err)
		}
	})
	mux.Handle("GET /static/", http.StripPrefix("/static/", http.FileServer(http.Dir(static))))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusNoContent)
	})
	return mux, nil
}
